import { type PointerEvent, useState } from "react";
import {
  Area,
  AreaChart,
  CartesianGrid,
  ReferenceArea,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";

import { keyName, labelName, whole } from "@/lib/format";
import { colourOf } from "@/overview/palette";
import type { StackedRow } from "@/overview/stacked";

interface Props {
  rows: StackedRow[];
  categories: string[];
  dimension: "day" | "hour";
  /** Times at which more came in than could be expected. */
  marked: string[];
  /** Called with the two ends of what was drawn over, which are one where it was a click or a tap. */
  onSelect: ((one: string, other: string) => void) | null;
}

/** Messages over time, stacked by category; drawing over a part, by mouse or finger, selects it. A message with two categories stands in both. */
export default function TrendChart({ rows, categories, dimension, marked, onSelect }: Props) {
  const [from, setFrom] = useState<string | null>(null);
  const [to, setTo] = useState<string | null>(null);
  const start = ({ currentTarget, clientX, isPrimary, button }: PointerEvent) => {
    if (onSelect && isPrimary && button === 0) setFrom(timeAt(currentTarget, clientX, rows));
  };
  const move = ({ currentTarget, clientX }: PointerEvent) => {
    if (from !== null) setTo(timeAt(currentTarget, clientX, rows) ?? to);
  };
  const end = () => {
    if (from !== null) onSelect?.(from, to ?? from);
    forget();
  };
  const forget = () => {
    setFrom(null);
    setTo(null);
  };
  return (
    <div
      className="h-full"
      onPointerDown={start}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={forget}
      onPointerLeave={to === null ? forget : end}
    >
      <ResponsiveContainer width="100%" height="100%">
        <AreaChart data={rows} margin={{ left: 0, right: 8, top: 16 }}>
          <CartesianGrid stroke="var(--border)" vertical={false} />
          <XAxis
            dataKey="time"
            tickFormatter={(time: string) => keyName(dimension, time)}
            tick={{ fill: "var(--muted-foreground)", fontSize: 12 }}
            stroke="var(--border)"
            minTickGap={28}
          />
          <YAxis
            tick={{ fill: "var(--muted-foreground)", fontSize: 12 }}
            stroke="var(--border)"
            tickFormatter={whole}
            allowDecimals={false}
            width="auto"
          />
          <Tooltip
            labelFormatter={(time) => (typeof time === "string" ? keyName(dimension, time) : "")}
            contentStyle={{
              background: "var(--card)",
              border: "1px solid var(--border)",
              borderRadius: 8,
              fontSize: 13,
              padding: "8px 12px",
            }}
            itemStyle={{ color: "var(--foreground)", padding: 0 }}
            labelStyle={{ fontWeight: 600, marginBottom: 4 }}
            itemSorter={({ dataKey }) => -categories.indexOf(String(dataKey))}
          />
          {categories.map((category) => (
            <Area
              key={category}
              dataKey={category}
              name={labelName(category)}
              stackId="categories"
              type="linear"
              stroke={colourOf(category)}
              fill={colourOf(category)}
              fillOpacity={0.65}
              isAnimationActive={false}
            />
          ))}
          {marked.map((time) => (
            <ReferenceLine
              key={time}
              x={time}
              stroke="var(--destructive)"
              strokeOpacity={0.4}
              strokeDasharray="3 3"
              label={{ value: "▲", position: "top", fill: "var(--destructive)", fontSize: 12 }}
            />
          ))}
          {from !== null && to !== null ? (
            <ReferenceArea x1={from} x2={to} fill="var(--primary)" fillOpacity={0.2} stroke="var(--primary)" />
          ) : null}
        </AreaChart>
      </ResponsiveContainer>
    </div>
  );
}

const BESIDE_PX = 8;

/**
 * The time of the row nearest to a place on the screen; null beside the chart. By coordinates: what recharts holds for
 * active comes a frame after a finger is down.
 */
function timeAt(chart: Element, clientX: number, rows: StackedRow[]): string | null {
  const plot = chart.querySelector(".recharts-cartesian-grid")?.getBoundingClientRect();
  if (!plot || clientX < plot.left - BESIDE_PX || clientX > plot.right + BESIDE_PX) return null;
  const place = Math.round(((clientX - plot.left) / plot.width) * (rows.length - 1));
  return rows[Math.min(Math.max(place, 0), rows.length - 1)]?.time ?? null;
}
