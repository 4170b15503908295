import { describe, expect, it } from "vitest";

import { figureOf, percentOf } from "@/overview/figure";

const july = { start: "2026-07-01T00:00:00Z", end: "2026-08-01T00:00:00Z", last_day: "2026-07-31" };

describe("a figure against the period before", () => {
  it("has its value and the one before", () => {
    expect(figureOf({ total: 12, compare_total: 9, compare_to: july })).toEqual({ value: 12, before: 9 });
    expect(figureOf({ total: 12 })).toEqual({ value: 12, before: 0 });
  });

  it("says since when there are messages, if the period before began earlier", () => {
    const first_event_time = "2026-07-20T12:00:00Z";
    expect(figureOf({ total: 12, compare_total: 9, compare_to: july, first_event_time }).since).toMatch(/20/);
  });

  it("has a change in percent only against a whole period with messages", () => {
    expect(percentOf({ value: 12, before: 9 })).toBe(33);
    expect(percentOf({ value: 9, before: 12 })).toBe(-25);
    expect(percentOf({ value: 12, before: 0 })).toBeUndefined();
    expect(percentOf({ value: 12, before: 9, since: "Jul 20, 2026" })).toBeUndefined();
  });

  it("says nothing of a first message on that period's first day", () => {
    const first_event_time = "2026-07-01T08:00:00Z";
    expect(figureOf({ total: 12, compare_total: 9, compare_to: july, first_event_time })).not.toHaveProperty("since");
  });
});
