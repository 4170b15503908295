import { expect, it } from "vitest";

import { chosenAfter, intentOfKey } from "@/review/choice";

it("adds and takes away", () => {
  expect(chosenAfter(["complaint"], "bonus_missing")).toEqual(["complaint", "bonus_missing"]);
  expect(chosenAfter(["complaint", "bonus_missing"], "complaint")).toEqual(["bonus_missing"]);
});

it("keeps labels that stand alone alone", () => {
  expect(chosenAfter(["complaint", "bonus_missing"], "other")).toEqual(["other"]);
  expect(chosenAfter(["smalltalk"], "complaint")).toEqual(["complaint"]);
});

it("finds the intent of a key", () => {
  expect(intentOfKey("b", ["first", "second"])).toBe("second");
  expect(intentOfKey("z", ["first"])).toBeUndefined();
  expect(intentOfKey("Enter", ["first"])).toBeUndefined();
});
