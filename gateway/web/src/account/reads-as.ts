import type { SavedQuery } from "@/api/types";
import { labelName, measured, valueName } from "@/lib/format";

type Query = SavedQuery["query"];

const OPERATIONS: Record<string, string> = {
  examples: "examples of messages",
  explain_change: "why messages became more or fewer",
  spikes: "unusual peaks of messages",
  incidents: "incidents",
};
const MEASURES: Record<string, string> = {
  message_count: "number of messages",
  unique_users: "number of different users",
  distinct_incidents: "number of incidents",
  share: "share of messages",
  per_day_average: "messages per day",
  mean_confidence: "mean confidence",
};
const FIELDS = {
  categories: "category",
  intents: "intent",
  sources: "source",
  sentiments: "sentiment",
  languages: "language",
  user_ids: "user",
} as const;

/** What a verified question is read as, but for its period, which its words say: "number of messages · bonus". */
export function readsAs({ operation, query }: Pick<SavedQuery, "operation" | "query">): string {
  const what = OPERATIONS[operation ?? ""] ?? MEASURES[query.measure] ?? labelName(query.measure);
  return [what, ...filtersSaid(query.filters), ...rowsSaid(query)].join(" · ");
}

function filtersSaid(filters: Query["filters"]): string[] {
  const fields = Object.entries(FIELDS) as [keyof typeof FIELDS, string][];
  const conditions = fields.flatMap(([field, name]) => {
    const { any_of, all_of, none_of } = filters[field];
    const told = (values: string[], joint: string) => values.map((value) => valueName(name, value)).join(joint);
    return [told(any_of, " or "), told(all_of, " and "), none_of.length > 0 ? `not ${told(none_of, " or ")}` : ""];
  });
  const custom = filters.custom_categories?.any_of.length ? "of custom categories" : "";
  const quoted = filters.text ? `“${filters.text}”` : "";
  const sure = filters.min_confidence === null ? "" : `at least ${measured(filters.min_confidence, "share")} sure`;
  const hours = (filters.hours ?? []).map((hour) => valueName("hour", String(hour))).join(", ");
  return [...conditions, custom, quoted, sure, (filters.weekdays ?? []).join(", "), hours].filter(Boolean);
}

function rowsSaid({ group_by, limit, order }: Query): string[] {
  const rows = group_by.length > 0 ? [`by ${group_by.map(labelName).join(" and ")}`] : [];
  return limit > 0 ? [...rows, `${order === "value_asc" ? "lowest" : "top"} ${String(limit)}`] : rows;
}
