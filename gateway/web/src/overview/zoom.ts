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
  const [first, last] = shownDays(filters, now);
  const length = last - first + 1;
  const latest = Math.max(today(filters, now), last);
  return { ...filters, custom: { start: dayName(first - length), end: dayName(Math.min(last + length, latest)) } };
}

/** The filters for the third in the middle; null where a single day is shown. */
export function zoomedCloser(filters: Filters, now: Date): Filters | null {
  const [first, last] = shownDays(filters, now);
  const length = last - first + 1;
  const kept = Math.max(1, Math.round(length / 3));
  if (kept === length) return null;
  const start = first + Math.floor((length - kept) / 2);
  return { ...filters, custom: { start: dayName(start), end: dayName(start + kept - 1) } };
}

/** The filters for the period of the same length just before (-1) or after (1), until today; null where it is that. */
export function movedBy(filters: Filters, direction: -1 | 1, now: Date): Filters | null {
  const [first, last] = shownDays(filters, now);
  const length = last - first + 1;
  const latest = Math.max(today(filters, now), last);
  const end = Math.min(last + direction * length, latest);
  if (end === last) return null;
  return { ...filters, custom: { start: dayName(end - length + 1), end: dayName(end) } };
}

/** Whether all that is shown is one local day, which is looked at by the hour. */
export function isOneDay(filters: Filters, now: Date): boolean {
  const { start, end } = localDates(filters, now);
  return start === end;
}

function shownDays(filters: Filters, now: Date): [number, number] {
  const { start, end } = localDates(filters, now);
  return [dayNumber(start), dayNumber(end)];
}

const today = (filters: Filters, now: Date) => dayNumber(localDates({ ...filters, days: "1", custom: null }, now).end);
const dayNumber = (day: string) => Date.parse(`${day}T00:00:00Z`) / DAY_MS;
const dayName = (number: number) => new Date(number * DAY_MS).toISOString().slice(0, 10);
