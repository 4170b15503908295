import { expect, it } from "vitest";

import { isPeriod, lastDays } from "@/overview/period";

it("sets the same elapsed part of the period before beside the last days", () => {
  const now = new Date(2026, 2, 20, 15, 30);
  const { range, compareTo } = lastDays(7, now);
  const length = (item: { start: string; end: string }) => Date.parse(item.end) - Date.parse(item.start);
  expect(range.end).toBe(now.toISOString());
  expect(new Date(range.start).getHours()).toBe(0);
  expect(length(range)).toBe(length(compareTo));
  expect(Date.parse(compareTo.end)).toBeLessThan(Date.parse(range.start));
});

it("knows its periods", () => {
  expect(isPeriod("30")).toBe(true);
  expect(isPeriod("31")).toBe(false);
});
