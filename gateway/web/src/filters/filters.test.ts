import { describe, expect, it } from "vitest";

import { cleared, isNarrowed, listFilters, narrowed, periodsOf, readFilters, statsFilters, toggled, writeFilters } from "./filters";

const NOW = new Date("2026-03-10T15:30:00");
const read = (text: string) => readFilters(new URLSearchParams(text));

describe("the address bar", () => {
  it("is read and written back as it was", () => {
    for (const text of [
      "days=7",
      "days=30&category=deposit&category=bonus&source=telegram",
      "start=2026-02-01&end=2026-02-28",
      "days=7&hour=0&hour=23&weekday=monday",
    ])
      expect(writeFilters(read(text)).toString()).toBe(text);
  });
  it("falls back to thirty days for what makes no sense", () => {
    for (const text of ["", "days=12", "start=2026-03-05&end=2026-03-01", "start=yesterday&end=2026-03-01", "start=2026-13-45&end=2026-13-46", "start=2026-02-31&end=2026-03-02"])
      expect(writeFilters(read(text)).toString()).toBe("days=30");
  });
});

describe("hours and weekdays", () => {
  it("become filters of a question and of a list", () => {
    const filters = read("hour=9&hour=17&weekday=sunday&source=web");
    expect(statsFilters(filters)).toEqual({ sources: { any_of: ["web"] }, hours: [9, 17], weekdays: ["sunday"] });
    expect(listFilters(filters)).toMatchObject({ source: ["web"], hour: [9, 17], weekday: ["sunday"] });
  });
  it("are left out where there are no such ones", () => {
    expect(writeFilters(read("hour=24&hour=-1&hour=09&weekday=mon&hour=9&hour=9")).toString()).toBe("days=30&hour=9");
  });
});

describe("values", () => {
  it("come and go by a click", () => {
    const once = toggled(read(""), "category", "bonus");
    expect(once.values.category).toEqual(["bonus"]);
    expect(toggled(once, "category", "bonus").values.category).toEqual([]);
    expect(narrowed(once, "category", "deposit").values.category).toEqual(["deposit"]);
    expect(isNarrowed(once)).toBe(true);
    expect(isNarrowed(cleared(once))).toBe(false);
  });
  it("become filters of a question", () => {
    expect(statsFilters(read("category=bonus&source=email&source=web"))).toEqual({
      categories: { any_of: ["bonus"] },
      sources: { any_of: ["email", "web"] },
    });
    expect(statsFilters(read(""))).toEqual({});
  });
});

describe("periods", () => {
  const local = (text: string) => new Date(text).toISOString();
  it("end now and are compared with as much of the one before", () => {
    expect(periodsOf(read("days=7"), NOW)).toEqual({
      range: { start: local("2026-03-04T00:00:00"), end: NOW.toISOString() },
      before: { start: local("2026-02-25T00:00:00"), end: local("2026-03-03T15:30:00") },
    });
  });
  it("include both named days", () => {
    expect(periodsOf(read("start=2026-02-01&end=2026-02-03"), NOW)).toEqual({
      range: { start: local("2026-02-01T00:00:00"), end: local("2026-02-04T00:00:00") },
      before: { start: local("2026-01-29T00:00:00"), end: local("2026-02-01T00:00:00") },
    });
  });
  it("never reach beyond now", () => {
    expect(periodsOf(read("start=2026-03-09&end=2026-03-31"), NOW).range.end).toBe(NOW.toISOString());
  });
});
