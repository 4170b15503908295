import { expect, it } from "vitest";

import type { Stats } from "@/api/types";
import { stacked } from "@/overview/stacked";

it("leaves no time of the period out", () => {
  const bonus = (keys: object) => [{ keys: { ...keys, category: "bonus" }, value: 1 }];
  const days = { start: "2026-02-27T00:00:00+01:00", end: "2026-03-02T00:00:00+01:00" };
  const byDay = stacked({ rows: bonus({ day: "2026-02-28" }), range: days } as unknown as Stats, "day").rows;
  expect(byDay).toEqual([
    { time: "2026-02-27", bonus: 0 },
    { time: "2026-02-28", bonus: 1 },
    { time: "2026-03-01", bonus: 0 },
  ]);
  const today = { start: "2026-03-01T00:00:00+01:00", end: "2026-03-01T02:10:00+01:00" };
  const byHour = stacked({ rows: bonus({ hour: "01" }), range: today } as unknown as Stats, "hour").rows;
  expect(byHour.map(({ time, bonus }) => [time, bonus])).toEqual([["00", 0], ["01", 1], ["02", 0]]);
  const aDay = { ...days, start: "2026-03-01T00:00:00+01:00" };
  expect(stacked({ rows: bonus({ hour: "01" }), range: aDay } as unknown as Stats, "hour").rows).toHaveLength(24);
});

it("gives a row per day, nought where a category has none, and the categories by size", () => {
  const rows = [
    { keys: { day: "2026-03-02", category: "bonus" }, value: 1 },
    { keys: { day: "2026-03-01", category: "deposit" }, value: 5 },
    { keys: { day: "2026-03-02", category: "deposit" }, value: 2 },
  ];
  const result = stacked({ rows } as unknown as Stats, "day");
  expect(result.categories).toEqual(["deposit", "bonus"]);
  expect(result.rows).toEqual([
    { time: "2026-03-01", bonus: 0, deposit: 5 },
    { time: "2026-03-02", bonus: 1, deposit: 2 },
  ]);
});
