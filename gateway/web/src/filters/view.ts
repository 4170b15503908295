import type { SavedQuery, StatsQuery, ViewBody } from "@/api/types";
import { type FilterField, type Filters, PERIODS, type PeriodDays, readFilters, statsFilters } from "@/filters/filters";
import { zone } from "@/lib/format";

const LABELS = {
  category: "categories",
  intent: "intents",
  source: "sources",
  sentiment: "sentiments",
  language: "languages",
} as const satisfies Partial<Record<FilterField, string>>;

/** What is looked at, to be saved under a name. */
export function viewOf(name: string, shared: boolean, filters: Filters): ViewBody {
  const { custom, days } = filters;
  const period = custom ? { first_day: custom.start, last_day: custom.end } : { days: Number(days) };
  const query = { time_zone: zone(), filters: statsFilters(filters) } as StatsQuery;
  return { name, shared, query, ...period };
}

/** What a saved view looks at, in this browser's zone; null where it asks for more than the page can show. */
export function filtersOf({ query, days, first_day, last_day }: SavedQuery): Filters | null {
  const { filters } = query;
  const beyond = [filters.user_ids, ...(filters.custom_categories ? [filters.custom_categories] : [])];
  const labels = Object.values(LABELS).map((name) => filters[name]);
  const shown =
    beyond.every((values) => values.any_of.length === 0) &&
    [...labels, ...beyond].every((values) => values.none_of.length === 0 && values.all_of.length === 0) &&
    filters.text === "" &&
    filters.min_confidence === null &&
    (days === null || String(days) in PERIODS);
  if (!shown) return null;
  const parameters = new URLSearchParams();
  for (const [field, name] of Object.entries(LABELS))
    for (const value of filters[name].any_of) parameters.append(field, value);
  for (const hour of filters.hours ?? []) parameters.append("hour", String(hour));
  for (const weekday of filters.weekdays ?? []) parameters.append("weekday", weekday);
  return {
    ...readFilters(parameters),
    ...(days === null ? {} : { days: String(days) as PeriodDays }),
    custom: first_day && last_day ? { start: first_day, end: last_day } : null,
  };
}
