import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import type { Stats } from "@/api/types";
import { keyName, labelName, measured } from "@/lib/format";

const COUNTS = new Set(["message_count", "unique_users"]);
const TIMES = new Set(["hour", "day", "week", "month", "weekday"]);

/** The rows of a result as bars: upright along time, lying for labels. */
export default function ResultChart({ stats }: { stats: Stats }) {
  const dimension = stats.query.group_by[0] ?? "";
  const data = stats.rows.slice(0, 100).map((row) => ({
    name: stats.query.group_by.map((name) => keyName(name, row.keys[name] ?? "")).join(", "),
    value: row.value,
    before: row.compare_value ?? undefined,
  }));
  const upright = TIMES.has(dimension);
  const compared = data.some((item) => item.before !== undefined);
  const show = (value: unknown) => measured(Number(value), stats.measure);
  return (
    <figure className="w-full" data-testid="result-chart" style={{ height: upright ? 224 : 48 + data.length * 30 }}>
      <figcaption className="sr-only">
        {labelName(stats.measure)} by {labelName(dimension)}; the table below holds the same numbers
      </figcaption>
      <ResponsiveContainer width="100%" height="100%">
        <BarChart data={data} layout={upright ? "horizontal" : "vertical"} margin={{ left: 4, right: 12 }}>
          <CartesianGrid stroke="var(--border)" horizontal={upright} vertical={!upright} />
          {upright ? (
            <XAxis dataKey="name" tick={{ fill: "var(--muted-foreground)", fontSize: 12 }} minTickGap={12} />
          ) : (
            <XAxis type="number" tick={{ fill: "var(--muted-foreground)", fontSize: 12 }} tickFormatter={show} />
          )}
          {upright ? (
            <YAxis
              tick={{ fill: "var(--muted-foreground)", fontSize: 12 }}
              tickFormatter={show}
              allowDecimals={!COUNTS.has(stats.measure)}
              width="auto"
            />
          ) : (
            <YAxis type="category" dataKey="name" width={132} tick={{ fill: "var(--foreground)", fontSize: 12 }} />
          )}
          <Tooltip
            formatter={show}
            contentStyle={{ background: "var(--card)", border: "1px solid var(--border)", borderRadius: 8 }}
            itemStyle={{ color: "var(--foreground)" }}
            cursor={{ fill: "var(--accent)" }}
          />
          {compared ? (
            <Bar
              name="before"
              dataKey="before"
              fill="var(--muted-foreground)"
              fillOpacity={0.55}
              radius={3}
              isAnimationActive={false}
            />
          ) : null}
          <Bar
            name={labelName(stats.measure)}
            dataKey="value"
            fill="var(--primary)"
            radius={3}
            isAnimationActive={false}
          />
        </BarChart>
      </ResponsiveContainer>
    </figure>
  );
}
