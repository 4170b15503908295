import { expect, test } from "vitest";

import { guessed } from "@/import/columns";
import { namesUser } from "@/import/dry-run";

test("a row names its writer where the file has such a column and the row a value in it", () => {
  const row = (customer: string) => ({ number: 1, values: { text: "hi", customer }, problem: "" });
  expect(namesUser(row("ana"), guessed(["text", "customer"]))).toBe(true);
  expect(namesUser(row(""), guessed(["text", "customer"]))).toBe(false);
  expect(namesUser(row("ana"), guessed(["text"]))).toBe(false);
});
