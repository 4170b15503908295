export const PERIODS = { "7": "7 days", "30": "30 days", "90": "90 days" } as const;

export type PeriodDays = keyof typeof PERIODS;

export function isPeriod(value: string | null): value is PeriodDays {
  return value !== null && value in PERIODS;
}

/** The last so many days up to now, from midnight, and as many before: half-open. */
export function lastDays(days: number, now: Date) {
  const start = new Date(now);
  start.setHours(0, 0, 0, 0);
  start.setDate(start.getDate() - days + 1);
  const before = new Date(start);
  before.setDate(before.getDate() - days);
  const elapsed = new Date(before.getTime() + (now.getTime() - start.getTime()));
  const text = (date: Date) => date.toISOString();
  return {
    range: { start: text(start), end: text(now) },
    compareTo: { start: text(before), end: text(elapsed) },
  };
}
