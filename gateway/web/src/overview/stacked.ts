import type { Stats } from "@/api/types";
import { daysOf } from "@/chat/reading";
import { HOURS } from "@/overview/hours";

export type StackedRow = { time: string } & Record<string, number | string>;

/** Rows of (time, category) as one row per time of the period with a field per category, and the categories, largest first. */
export function stacked(stats: Stats, dimension: "day" | "hour"): { rows: StackedRow[]; categories: string[] } {
  const times = new Map<string, StackedRow>(timesOf(stats.range, dimension).map((time) => [time, { time }]));
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

/** Every day of a period, or every hour of its only one: times without a message have no row of their own. */
function timesOf(range: Stats["range"], dimension: "day" | "hour"): string[] {
  const days = daysOf(range);
  if (days === null) return [];
  if (dimension === "hour") {
    const end = range?.end ?? "";
    return HOURS.filter((hour) => !end.startsWith(days.start) || hour <= end.slice(11, 13));
  }
  const times: string[] = [];
  for (let day = new Date(`${days.start}T12:00:00Z`); ; day.setUTCDate(day.getUTCDate() + 1)) {
    const time = day.toISOString().slice(0, 10);
    if (time > days.end) return times;
    times.push(time);
  }
}
