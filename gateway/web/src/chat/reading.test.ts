import { describe, expect, it } from "vitest";

import { type Reading, daysOf, isEditable, questionOf, withDays, withGrouping, withValues } from "@/chat/reading";

const none = { any_of: [], none_of: [], all_of: [] };
const filters = {
  categories: { ...none, any_of: ["deposit"] },
  intents: none,
  sources: none,
  sentiments: none,
  languages: none,
  user_ids: none,
  min_confidence: null,
  text: "",
} as unknown as NonNullable<Reading["share_of"]>;
const reading = {
  behaviour: "answer",
  operation: "stats",
  measure: "message_count",
  filters,
  share_of: null,
  range: { start: "2026-11-20T00:00:00+01:00", end: "2026-11-21T00:00:00+01:00" },
  time_zone: "Europe/Ljubljana",
  group_by: ["hour"],
  order: null,
  limit: 0,
  compare_to: null,
} as unknown as Reading;

describe("a question", () => {
  it("says the whole reading", () => {
    expect(questionOf(reading)).toBe("New question: how many messages about deposit on 20 November 2026 by hour");
  });
  it("says what was changed", () => {
    const many = withValues(withValues(reading, "categories", ["login_account", "bonus"]), "languages", ["de"]);
    expect(questionOf(withDays(many, { start: "2026-11-09", end: "2026-11-15" }))).toBe(
      "New question: how many messages about login account or bonus in German from 9 November 2026 to 15 November 2026 by hour",
    );
    const bare = withGrouping(withDays(withValues(reading, "categories", []), null), null);
    expect(questionOf(bare)).toBe("New question: how many messages all time");
  });
  it("keeps rows, examples, hours and comparisons", () => {
    const top = { ...reading, group_by: ["intent"], limit: 5 };
    expect(questionOf(top)).toContain("by intent, top 5");
    expect(questionOf({ ...reading, operation: "examples", group_by: [] })).toContain(
      "show 5 examples of messages about deposit",
    );
    const morning = { start: "2026-11-20T09:00:00+01:00", end: "2026-11-20T12:00:00+01:00" };
    expect(questionOf({ ...reading, range: morning })).toContain("on 20 November 2026 between 09:00 and 12:00");
    const before = { start: "2026-11-19T00:00:00+01:00", end: "2026-11-20T00:00:00+01:00" };
    expect(questionOf({ ...reading, compare_to: before })).toContain("compared with 19 November 2026");
  });
  it("names customers, and those left out", () => {
    const users = { ...none, any_of: ["u-1", "u-2"], none_of: ["u-3"] };
    expect(questionOf({ ...reading, filters: { ...filters, user_ids: users } })).toContain(
      "of user u-1 or user u-2 not of user u-3",
    );
  });
  it("ends with today where the period ends now", () => {
    const range = { start: "2026-11-01T00:00:00+01:00", end: "2026-11-21T14:30:17.5+01:00" };
    expect(questionOf({ ...reading, range })).toContain("from 1 November 2026 to 21 November 2026");
  });
});

it("knows which readings a sentence can say", () => {
  expect(isEditable(reading)).toBe(true);
  expect(isEditable({ ...reading, behaviour: "clarify" })).toBe(false);
  expect(isEditable({ ...reading, measure: "share", share_of: filters })).toBe(false);
  expect(isEditable({ ...reading, operation: "spikes" })).toBe(false);
  expect(isEditable(withValues(reading, "intents", ["complaint"]))).toBe(false);
  expect(isEditable(withValues(reading, "languages", ["und"]))).toBe(false);
});

it("tells the local days of a range, both included", () => {
  expect(daysOf(reading.range)).toEqual({ start: "2026-11-20", end: "2026-11-20" });
  expect(daysOf(null)).toBeNull();
});
