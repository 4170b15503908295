import { expect, it } from "vitest";

import type { Stats } from "@/api/types";
import { heatOf } from "@/overview/hours";

it("makes a whole week of what came in", () => {
  const rows = [
    { keys: { weekday: "monday", hour: "09" }, value: 4 },
    { keys: { weekday: "sunday", hour: "23" }, value: 8 },
  ];
  const week = heatOf({ rows } as unknown as Stats);
  expect(week).toHaveLength(7);
  expect(week.every((day) => day.length === 24)).toBe(true);
  expect(week[0]?.[9]).toEqual({ weekday: "monday", hour: "09", value: 4, heat: 0.5 });
  expect(week[6]?.[23]?.heat).toBe(1);
  expect(week[3]?.[3]?.value).toBe(0);
});
