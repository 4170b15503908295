import { localDate } from "@/filters/filters";

export interface Days {
  start: string;
  end: string;
}

/** Periods that are often asked for, as local days, both included; null is all time. */
export function usualPeriods(now: Date): { name: string; days: Days | null }[] {
  const day = (back: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() - back);
  const month = (back: number, date: number) => new Date(now.getFullYear(), now.getMonth() - back, date);
  const sinceMonday = (now.getDay() + 6) % 7;
  const days = (start: Date, end: Date) => ({ start: localDate(start), end: localDate(end) });
  return [
    { name: "Today", days: days(day(0), day(0)) },
    { name: "Yesterday", days: days(day(1), day(1)) },
    { name: "This week", days: days(day(sinceMonday), day(0)) },
    { name: "Last week", days: days(day(sinceMonday + 7), day(sinceMonday + 1)) },
    { name: "This month", days: days(month(0, 1), day(0)) },
    { name: "Last month", days: days(month(1, 1), month(0, 0)) },
    { name: "All time", days: null },
  ];
}
