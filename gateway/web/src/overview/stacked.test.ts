import { expect, it } from "vitest";

import type { Stats } from "@/api/types";
import { stacked } from "@/overview/stacked";

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
