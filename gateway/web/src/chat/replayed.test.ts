import { expect, it } from "vitest";

import { outcomeOf } from "@/chat/replayed";

it("says how a receipt can have other numbers", () => {
  expect(outcomeOf({ identical: true })).toMatch(/the same numbers/);
  expect(outcomeOf({ identical: false })).toMatch(/erased or deleted since .* being stored or labelled/);
});
