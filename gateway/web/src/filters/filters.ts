import type { StatsQuery } from "@/api/types";
import { zone } from "@/lib/format";

/** The fields one can narrow by, as they are named in the address bar; hours and weekdays are those of this browser. */
export const FIELDS = ["category", "intent", "source", "sentiment", "language", "hour", "weekday"] as const;
export type FilterField = (typeof FIELDS)[number];

export const PERIODS = { "1": "Today", "7": "7 days", "30": "30 days", "90": "90 days" } as const;
export type PeriodDays = keyof typeof PERIODS;
const DEFAULT_DAYS: PeriodDays = "30";

/** What is looked at: a period, and any of some values per field. */
export interface Filters {
  days: PeriodDays;
  /** Local dates, both included; they win over `days`. */
  custom: { start: string; end: string } | null;
  values: Record<FilterField, string[]>;
}

export interface Period {
  start: string;
  end: string;
}

export const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour));
export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
type Weekday = (typeof WEEKDAYS)[number];
/** Fields whose values are known, so that an address that names others means none of them. */
const CLOSED: Partial<Record<FilterField, readonly string[]>> = { hour: HOURS, weekday: WEEKDAYS };

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Whether a text names a day that there is. */
const isDay = (text: string) => DATE.test(text) && localDate(new Date(`${text}T12:00:00`)) === text;

export function readFilters(parameters: URLSearchParams): Filters {
  const days = parameters.get("days");
  const start = parameters.get("start") ?? "";
  const end = parameters.get("end") ?? "";
  return {
    days: days !== null && days in PERIODS ? (days as PeriodDays) : DEFAULT_DAYS,
    custom: isDay(start) && isDay(end) && start <= end ? { start, end } : null,
    values: byField((field) => {
      const given = [...new Set(parameters.getAll(field))];
      return given.filter((value) => CLOSED[field]?.includes(value) ?? true);
    }),
  };
}

export function writeFilters({ days, custom, values }: Filters): URLSearchParams {
  const parameters = new URLSearchParams(custom ?? { days });
  for (const field of FIELDS) for (const value of values[field]) parameters.append(field, value);
  return parameters;
}

/** The same with one more value, or without it where it was there. */
export function toggled(filters: Filters, field: FilterField, value: string): Filters {
  const now = filters.values[field];
  const next = now.includes(value) ? now.filter((item) => item !== value) : [...now, value];
  return { ...filters, values: { ...filters.values, [field]: next } };
}

/** The same with exactly this value in the field: what a click on a figure means. */
export function narrowed(filters: Filters, field: FilterField, value: string): Filters {
  return { ...filters, values: { ...filters.values, [field]: [value] } };
}

export function cleared(filters: Filters): Filters {
  return { ...filters, values: byField(() => []) };
}

export function isNarrowed(filters: Filters): boolean {
  return FIELDS.some((field) => filters.values[field].length > 0);
}

/** The period up to now at the latest, and the one of the same length before it: half-open, from local midnights. */
export function periodsOf({ days, custom }: Filters, now: Date): { range: Period; before: Period } {
  const start = custom ? midnight(custom.start) : daysBefore(startOfDay(now), Number(days) - 1);
  const dayAfter = custom ? daysBefore(midnight(custom.end), -1) : now;
  const end = dayAfter > now && start < now ? now : dayAfter;
  const length = custom ? wholeDays(start, dayAfter) : Number(days);
  const earlier = daysBefore(start, length);
  const elapsed = new Date(earlier.getTime() + (end.getTime() - start.getTime()));
  return { range: period(start, end), before: period(earlier, elapsed < start ? elapsed : start) };
}

/** The local dates of the period, both included. */
export function localDates(filters: Filters, now: Date): { start: string; end: string } {
  if (filters.custom) return filters.custom;
  return { start: localDate(new Date(periodsOf(filters, now).range.start)), end: localDate(now) };
}

/** The date of an instant by this browser: "2026-03-01". */
export function localDate(date: Date): string {
  const parts = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  return parts.map((part) => String(part).padStart(2, "0")).join("-");
}

const LABEL_FIELDS = ["category", "intent", "source", "sentiment", "language"] as const;
const FILTER_NAMES = {
  category: "categories",
  intent: "intents",
  source: "sources",
  sentiment: "sentiments",
  language: "languages",
} as const satisfies Record<(typeof LABEL_FIELDS)[number], string>;

/** The filters of a statistics question, whose zone is this browser's. */
export function statsFilters({ values }: Filters): Partial<NonNullable<StatsQuery["filters"]>> {
  const given = LABEL_FIELDS.filter((field) => values[field].length > 0);
  return {
    ...Object.fromEntries(given.map((field) => [FILTER_NAMES[field], { any_of: values[field] }])),
    ...(values.hour.length > 0 ? { hours: values.hour.map(Number) } : {}),
    ...(values.weekday.length > 0 ? { weekdays: values.weekday as Weekday[] } : {}),
  };
}

/** The filters as parameters of a list. */
export function listFilters({ values }: Filters) {
  const { hour, weekday, ...labels } = values;
  return { ...labels, hour: hour.map(Number), weekday: weekday as Weekday[], time_zone: zone() };
}

function byField(read: (field: FilterField) => string[]): Record<FilterField, string[]> {
  return {
    category: read("category"),
    intent: read("intent"),
    source: read("source"),
    sentiment: read("sentiment"),
    language: read("language"),
    hour: read("hour"),
    weekday: read("weekday"),
  };
}

const period = (start: Date, end: Date): Period => ({ start: start.toISOString(), end: end.toISOString() });

const midnight = (date: string) => new Date(`${date}T00:00:00`);

function startOfDay(moment: Date): Date {
  const day = new Date(moment);
  day.setHours(0, 0, 0, 0);
  return day;
}

function daysBefore(moment: Date, days: number): Date {
  const other = new Date(moment);
  other.setDate(other.getDate() - days);
  return other;
}

/** Local days between two midnights, whatever the clocks did. */
const wholeDays = (start: Date, end: Date) => Math.round((end.getTime() - start.getTime()) / 86_400_000);
