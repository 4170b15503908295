import type { Stats } from "@/api/types";

export type StackedRow = { time: string } & Record<string, number | string>;

/** Rows of (time, category) as one row per time with a field per category, and the categories, largest first. */
export function stacked(stats: Stats, dimension: "day" | "hour"): { rows: StackedRow[]; categories: string[] } {
  const times = new Map<string, StackedRow>();
  const totals = new Map<string, number>();
  for (const row of stats.rows) {
    const time = row.keys[dimension] ?? "";
    const category = row.keys["category"] ?? "";
    const entry = times.get(time) ?? { time };
    entry[category] = row.value;
    times.set(time, entry);
    totals.set(category, (totals.get(category) ?? 0) + row.value);
  }
  const categories = [...totals].sort((left, right) => right[1] - left[1]).map(([category]) => category);
  const none = Object.fromEntries(categories.map((category) => [category, 0]));
  const rows = [...times.values()]
    .sort((left, right) => left.time.localeCompare(right.time))
    .map((row) => ({ ...none, ...row }));
  return { rows, categories };
}
