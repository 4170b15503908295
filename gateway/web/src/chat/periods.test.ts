import { expect, it } from "vitest";

import { usualPeriods } from "@/chat/periods";

it("are calendar days of this browser", () => {
  const periods = new Map(usualPeriods(new Date("2026-03-01T10:00:00")).map(({ name, days }) => [name, days]));
  expect(periods.get("Today")).toEqual({ start: "2026-03-01", end: "2026-03-01" });
  expect(periods.get("This week")).toEqual({ start: "2026-02-23", end: "2026-03-01" });
  expect(periods.get("Last week")).toEqual({ start: "2026-02-16", end: "2026-02-22" });
  expect(periods.get("Last month")).toEqual({ start: "2026-02-01", end: "2026-02-28" });
  expect(periods.get("All time")).toBeNull();
});
