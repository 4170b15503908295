import { describe, expect, it } from "vitest";

import { readFilters } from "@/filters/filters";
import { isOneDay, movedBy, zoomedCloser, zoomedIn, zoomedOut } from "@/overview/zoom";

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
  it("goes closer to the third in the middle, down to a day", () => {
    expect(zoomedCloser(read("start=2026-03-01&end=2026-03-09"), NOW)?.custom).toEqual({
      start: "2026-03-04",
      end: "2026-03-06",
    });
    expect(zoomedCloser(read("start=2026-03-01&end=2026-03-02"), NOW)?.custom).toEqual({
      start: "2026-03-01",
      end: "2026-03-01",
    });
    expect(zoomedCloser(read("days=1"), NOW)).toBeNull();
  });
  it("moves by its length, but not beyond today", () => {
    expect(movedBy(read("start=2026-03-05&end=2026-03-07"), -1, NOW)?.custom).toEqual({
      start: "2026-03-02",
      end: "2026-03-04",
    });
    expect(movedBy(read("start=2026-03-05&end=2026-03-08"), 1, NOW)?.custom).toEqual({
      start: "2026-03-07",
      end: "2026-03-10",
    });
    expect(movedBy(read("days=7"), 1, NOW)).toBeNull();
    expect(movedBy(read("days=7"), -1, NOW)?.custom).toEqual({ start: "2026-02-25", end: "2026-03-03" });
  });
  it("looks at one day by the hour", () => {
    expect(isOneDay(read("days=1"), NOW)).toBe(true);
    expect(isOneDay(read("start=2026-03-01&end=2026-03-01"), NOW)).toBe(true);
    expect(isOneDay(read("days=7"), NOW)).toBe(false);
  });
});
