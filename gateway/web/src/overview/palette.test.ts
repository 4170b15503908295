import { expect, it } from "vitest";

import { colourOf } from "@/overview/palette";

const CATEGORIES = [
  "bonus",
  "deposit",
  "withdraw",
  "game_issue",
  "login_account",
  "geo_restriction",
  "anger_feedback",
  "other",
];

it("tells all categories apart", () => {
  expect(new Set(CATEGORIES.map(colourOf)).size).toBe(CATEGORIES.length);
});
