import { useState } from "react";
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
import { colourAt } from "@/overview/palette";
import type { StackedRow } from "@/overview/stacked";

interface Props {
  rows: StackedRow[];
  categories: string[];
  dimension: "day" | "hour";
  /** Times at which more came in than could be expected. */
  marked: string[];
  /** Called with the two ends of what was drawn over. */
  onSelect: ((one: string, other: string) => void) | null;
}

/** Messages over time, stacked by category; drawing over a part selects it. A message with two categories stands in both. */
export default function TrendChart({ rows, categories, dimension, marked, onSelect }: Props) {
  const [from, setFrom] = useState<string | null>(null);
  const [to, setTo] = useState<string | null>(null);
  const start = ({ activeLabel }: { activeLabel?: string | number | undefined }) => {
    if (onSelect && activeLabel !== undefined) setFrom(String(activeLabel));
  };
  const move = ({ activeLabel }: { activeLabel?: string | number | undefined }) => {
    if (from !== null && activeLabel !== undefined) setTo(String(activeLabel));
  };
  const end = () => {
    if (from !== null && to !== null && from !== to) onSelect?.(from, to);
    setFrom(null);
    setTo(null);
  };
  return (
    <ResponsiveContainer width="100%" height="100%">
      <AreaChart
        data={rows}
        margin={{ left: 0, right: 8, top: 16 }}
        onMouseDown={start}
        onMouseMove={move}
        onMouseUp={end}
        onMouseLeave={end}
      >
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
        {categories.map((category, place) => (
          <Area
            key={category}
            dataKey={category}
            name={labelName(category)}
            stackId="categories"
            type="linear"
            stroke={colourAt(place)}
            fill={colourAt(place)}
            fillOpacity={0.65}
            isAnimationActive={false}
          />
        ))}
        {marked.map((time) => (
          <ReferenceLine
            key={time}
            x={time}
            stroke="var(--destructive)"
            strokeDasharray="3 3"
            label={{ value: "▲", position: "top", fill: "var(--destructive)", fontSize: 12 }}
          />
        ))}
        {from !== null && to !== null ? (
          <ReferenceArea x1={from} x2={to} fill="var(--primary)" fillOpacity={0.2} stroke="var(--primary)" />
        ) : null}
      </AreaChart>
    </ResponsiveContainer>
  );
}
