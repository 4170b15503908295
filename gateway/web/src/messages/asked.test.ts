import { expect, test } from "vitest";

import { readFilters } from "@/filters/filters";
import { counted, readAsked, writeAsked } from "@/messages/asked";

test("what is asked for stands in the address and is read from it", () => {
  const asked = { ...counted(readFilters(new URLSearchParams("days=7&category=deposit"))), text: "not arrived" };
  expect(writeAsked(asked).toString()).toBe("days=7&category=deposit&text=not+arrived&author=customer");
  expect(readAsked(writeAsked(asked))).toEqual(asked);
});

test("an address without an author, or with another one, lists whatever was written", () => {
  expect(readAsked(new URLSearchParams("days=7")).customersOnly).toBe(false);
  expect(readAsked(new URLSearchParams("days=7&author=agent")).customersOnly).toBe(false);
});
