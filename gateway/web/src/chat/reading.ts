import type { Interpretation } from "@/api/types";
import { languageName } from "@/lib/format";

export type Reading = Interpretation;
export type ReadFilters = Reading["filters"];
/** Fields of a reading that a chip stands for. */
export const CHIP_FIELDS = ["categories", "intents", "sources", "sentiments", "languages"] as const;
export type ChipField = (typeof CHIP_FIELDS)[number];
export type Grouping = Reading["group_by"][number];

const SUBJECTS: Record<string, string> = {
  message_count: "how many messages",
  unique_users: "how many unique users",
  distinct_incidents: "how many distinct incidents",
  per_day_average: "average messages per day",
};
const UNDETERMINED = "und";
/** Labels whose own words would be read as something else. */
const SAID: Record<string, string> = {
  game_technical: "technical game issues",
  game_result: "disputed game results",
  game_fairness: "rigged games",
};

/**
 * Whether a question can be written that is read just so again. Shares, and combinations that no plain sentence says,
 * are shown but not edited.
 */
export function isEditable({ behaviour, operation, measure, filters, share_of }: Reading): boolean {
  if (behaviour !== "answer" || share_of !== null || filters.min_confidence !== null) return false;
  if (operation !== "examples" && (operation !== "stats" || !(measure in SUBJECTS))) return false;
  if (filters.categories.any_of.length > 0 && filters.intents.any_of.length > 0) return false;
  if (filters.languages.any_of.includes(UNDETERMINED)) return false;
  if (filters.hours?.length || filters.weekdays?.length) return false;
  return CHIP_FIELDS.every((field) => filters[field].all_of.length === 0 && filters[field].none_of.length === 0);
}

/** A question that is read as the given reading, whatever was asked before it. */
export function questionOf(reading: Reading): string {
  const { filters, group_by, limit, order } = reading;
  const topics = [...filters.categories.any_of, ...filters.intents.any_of];
  const examples = reading.operation === "examples";
  const parts = [
    examples ? `show ${limit || 5} examples of messages` : (SUBJECTS[reading.measure] ?? ""),
    topics.length > 0 ? `about ${anyOf(topics)}` : "",
    filters.sources.any_of.length > 0 ? `from ${anyOf(filters.sources.any_of)}` : "",
    filters.sentiments.any_of.length > 0 ? `with ${anyOf(filters.sentiments.any_of)} sentiment` : "",
    filters.languages.any_of.length > 0 ? `in ${filters.languages.any_of.map(languageOf).join(" or ")}` : "",
    filters.user_ids.any_of.length > 0 ? `of user ${filters.user_ids.any_of.join(" or user ")}` : "",
    filters.user_ids.none_of.length > 0 ? `not of user ${filters.user_ids.none_of.join(" or user ")}` : "",
    filters.text ? `mentioning "${filters.text}"` : "",
    periodOf(reading.range),
    reading.compare_to ? `compared with ${exactly(reading.compare_to)}` : "",
    group_by.length > 0 ? `by ${group_by.join(" and ")}` : "",
    !examples && limit > 0 && group_by.length > 0 ? `, ${order === "value_asc" ? "lowest" : "top"} ${limit}` : "",
  ];
  return `New question: ${parts.filter(Boolean).join(" ").replaceAll(" ,", ",")}`;
}

/** The reading with other values in one field. */
export function withValues(reading: Reading, field: ChipField, values: string[]): Reading {
  const changed = { ...reading.filters[field], any_of: values };
  return { ...reading, filters: { ...reading.filters, [field]: changed } };
}

/** The reading for local days, both included; null for all time. A comparison belonged to the period and goes with it. */
export function withDays(reading: Reading, days: { start: string; end: string } | null): Reading {
  const range = days && { start: `${days.start}T00:00:00`, end: `${nextDay(days.end)}T00:00:00` };
  return { ...reading, range, compare_to: null };
}

/** The reading in other rows; the number of rows was meant for the ones before. */
export function withGrouping(reading: Reading, grouping: Grouping | null): Reading {
  return { ...reading, group_by: grouping ? [grouping] : [], limit: 0, order: null };
}

const anyOf = (values: string[]) => values.map((value) => SAID[value] ?? value.replaceAll("_", " ")).join(" or ");

const languageOf = (code: string) => languageName(code, "en");

type Range = Reading["range"];

/** A range in words that say it exactly. Its instants carry the local offset, so that their texts are local times. */
function periodOf(range: Range): string {
  const { start, end } = range ?? {};
  if (!start || !end)
    return start ? `since ${dayWords(start)}` : end ? `until ${dayWords(previousDay(end))}` : "all time";
  const last = endsAtMidnight(end) ? previousDay(end) : end.slice(0, 10);
  if (endsAtMidnight(start) && (endsAtMidnight(end) || endsNow(end)))
    return start.startsWith(last) ? `on ${dayWords(start)}` : `from ${dayWords(start)} to ${dayWords(last)}`;
  if (start.startsWith(end.slice(0, 10)))
    return `on ${dayWords(start)} between ${start.slice(11, 16)} and ${end.slice(11, 16)}`;
  return `from ${dayWords(start)} ${start.slice(11, 16)} to ${dayWords(end)} ${end.slice(11, 16)}`;
}

/** A period to compare with: where it ends within a day, it does so at a time that nobody's clock tells. */
function exactly(range: NonNullable<Range>): string {
  const { start, end } = range;
  if (!start || !end || endsAtMidnight(end)) return periodOf(range).replace(/^(on|from) /, "");
  return `${dayWords(start)} ${start.slice(11, 16)} to ${dayWords(end)} ${end.slice(11, 16)}`;
}

const endsAtMidnight = (instant: string) => instant.slice(11, 19) === "00:00:00";
/** Nobody says seconds: an end that has some is the moment at which the question was asked. */
const endsNow = (instant: string) => instant.slice(17, 19) !== "00" || instant[19] === ".";

function dayWords(instant: string): string {
  const day = new Date(`${instant.slice(0, 10)}T12:00:00Z`);
  return day.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
}

const nextDay = (day: string) => movedDay(day, 1);
const previousDay = (day: string) => movedDay(day, -1);

function movedDay(day: string, by: number): string {
  const moved = new Date(`${day.slice(0, 10)}T12:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + by);
  return moved.toISOString().slice(0, 10);
}

/** The local days of a range, both included; null where it is open at a side. */
export function daysOf(range: Range): { start: string; end: string } | null {
  if (!range?.start || !range.end) return null;
  return {
    start: range.start.slice(0, 10),
    end: endsAtMidnight(range.end) ? previousDay(range.end) : range.end.slice(0, 10),
  };
}
