import type { Stats } from "@/api/types";

export type StackedRow = { day: string } & Record<string, number | string>;

/** Rows of (day, category) as one row per day with a field per category, and the categories, largest first. */
export function stacked(stats: Stats): { rows: StackedRow[]; categories: string[] } {
  const days = new Map<string, StackedRow>();
  const totals = new Map<string, number>();
  for (const row of stats.rows) {
    const day = row.keys["day"] ?? "";
    const category = row.keys["category"] ?? "";
    const entry = days.get(day) ?? { day };
    entry[category] = row.value;
    days.set(day, entry);
    totals.set(category, (totals.get(category) ?? 0) + row.value);
  }
  const categories = [...totals].sort((left, right) => right[1] - left[1]).map(([category]) => category);
  const none = Object.fromEntries(categories.map((category) => [category, 0]));
  const rows = [...days.values()]
    .sort((left, right) => left.day.localeCompare(right.day))
    .map((row) => ({ ...none, ...row }));
  return { rows, categories };
}
