import { describe, expect, it } from "vitest";

import { readFilters } from "@/filters/filters";
import { isOneDay, zoomedIn, zoomedOut } from "@/overview/zoom";

const NOW = new Date("2026-03-10T15:30:00");
const read = (text: string) => readFilters(new URLSearchParams(text));

describe("zoom", () => {
  it("goes to the days drawn over, in whichever direction", () => {
    const days = { start: "2026-03-02", end: "2026-03-05" };
    expect(zoomedIn(read("days=30&category=bonus"), "2026-03-05", "2026-03-02", NOW)).toEqual({
      ...read("days=30&category=bonus"),
      custom: days,
    });
    expect(zoomedIn(read("start=2026-03-02&end=2026-03-05"), "2026-03-02", "2026-03-05", NOW)).toBeNull();
  });
  it("goes out to three times the length, but not beyond today", () => {
    expect(zoomedOut(read("start=2026-02-28&end=2026-03-01"), NOW).custom).toEqual({
      start: "2026-02-26",
      end: "2026-03-03",
    });
    expect(zoomedOut(read("start=2026-03-08&end=2026-03-10"), NOW).custom).toEqual({
      start: "2026-03-05",
      end: "2026-03-10",
    });
  });
  it("looks at one day by the hour", () => {
    expect(isOneDay(read("days=1"), NOW)).toBe(true);
    expect(isOneDay(read("start=2026-03-01&end=2026-03-01"), NOW)).toBe(true);
    expect(isOneDay(read("days=7"), NOW)).toBe(false);
  });
});
