import { describe, expect, it } from "vitest";

import type { Stats } from "@/api/types";
import { heatOf, stepped } from "@/overview/hours";

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

describe("the keys", () => {
  it("lead from cell to cell and around the edges", () => {
    expect(stepped([0, 0], "ArrowRight")).toEqual([0, 1]);
    expect(stepped([0, 0], "ArrowLeft")).toEqual([0, 23]);
    expect(stepped([0, 5], "ArrowUp")).toEqual([6, 5]);
    expect(stepped([6, 5], "ArrowDown")).toEqual([0, 5]);
    expect(stepped([3, 5], "Home")).toEqual([3, 0]);
    expect(stepped([3, 5], "End")).toEqual([3, 23]);
    expect(stepped([3, 5], "Enter")).toBeNull();
  });
});
