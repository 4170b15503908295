import { type Filters, localDates } from "@/filters/filters";

const DAY_MS = 86_400_000;

/** The filters for the days between two, whichever comes first; null where they are what is shown already. */
export function zoomedIn(filters: Filters, one: string, other: string, now: Date): Filters | null {
  const [start, end] = one <= other ? [one, other] : [other, one];
  const shown = localDates(filters, now);
  if (start === shown.start && end === shown.end) return null;
  return { ...filters, custom: { start, end } };
}

/** The filters for the period of three times the length around the one shown, ending today at the latest. */
export function zoomedOut(filters: Filters, now: Date): Filters {
  const { start, end } = localDates(filters, now);
  const [first, last] = [dayNumber(start), dayNumber(end)];
  const length = last - first + 1;
  const today = dayNumber(localDates({ ...filters, days: "1", custom: null }, now).end);
  return {
    ...filters,
    custom: { start: dayName(first - length), end: dayName(Math.min(last + length, Math.max(today, last))) },
  };
}

/** Whether all that is shown is one local day, which is looked at by the hour. */
export function isOneDay(filters: Filters, now: Date): boolean {
  const { start, end } = localDates(filters, now);
  return start === end;
}

const dayNumber = (day: string) => Date.parse(`${day}T00:00:00Z`) / DAY_MS;
const dayName = (number: number) => new Date(number * DAY_MS).toISOString().slice(0, 10);
