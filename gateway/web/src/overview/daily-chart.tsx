import { useMemo } from "react";
import { Area, AreaChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import type { Stats } from "@/api/types";
import { keyName, labelName, whole } from "@/lib/format";
import { stacked } from "@/overview/stacked";

// Okabe and Ito's palette: told apart with every common colour vision.
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a8a00", "#7f7f7f"];

/** Messages per day, stacked by category. A message with two categories stands in both. */
export default function DailyChart({ stats }: { stats: Stats }) {
  const { rows, categories } = useMemo(() => stacked(stats), [stats]);
  if (rows.length === 0) return <p className="text-muted">No labelled message in this period.</p>;
  return (
    <figure className="h-80 w-full" data-testid="daily-chart">
      <figcaption className="sr-only">Messages per day, stacked by category</figcaption>
      <ResponsiveContainer width="100%" height="100%">
        <AreaChart data={rows} margin={{ left: 0, right: 8, top: 4 }}>
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis
            dataKey="day"
            tickFormatter={(day: string) => keyName("day", day)}
            tick={{ fill: "var(--muted)", fontSize: 12 }}
            minTickGap={28}
          />
          <YAxis tick={{ fill: "var(--muted)", fontSize: 12 }} tickFormatter={whole} allowDecimals={false} width={52} />
          <Tooltip
            labelFormatter={(day) => (typeof day === "string" ? keyName("day", day) : "")}
            contentStyle={{ background: "var(--surface)", border: "1px solid var(--line)", borderRadius: 8 }}
            itemStyle={{ color: "var(--ink)" }}
          />
          <Legend formatter={(name: string) => <span className="text-sm text-ink">{name}</span>} />
          {categories.map((category, index) => (
            <Area
              key={category}
              dataKey={category}
              name={labelName(category)}
              stackId="categories"
              type="linear"
              stroke={COLOURS[index % COLOURS.length] ?? ""}
              fill={COLOURS[index % COLOURS.length] ?? ""}
              fillOpacity={0.65}
              isAnimationActive={false}
            />
          ))}
        </AreaChart>
      </ResponsiveContainer>
    </figure>
  );
}
