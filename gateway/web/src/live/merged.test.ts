import { expect, it } from "vitest";

import type { Message } from "@/api/types";
import { after, merged } from "@/live/merged";

const message = (id: string, status = "pending") => ({ id, status }) as Message;

it("puts the newest first and labels in place", () => {
  const both = merged(merged([], message("a")), message("b"));
  expect(both.map(({ id }) => id)).toEqual(["b", "a"]);
  expect(merged(both, message("a", "labelled")).map(({ status }) => status)).toEqual(["pending", "labelled"]);
});

it("keeps a hundred", () => {
  let many: Message[] = [];
  for (let number = 0; number < 120; number += 1) many = merged(many, message(String(number)));
  expect(many).toHaveLength(100);
  expect(many[0]?.id).toBe("119");
});

it("has what was there before at its end, each once", () => {
  const both = after([message("c"), message("b", "labelled")], [message("b"), message("a")]);
  expect(both.map(({ id, status }) => `${id} ${status}`)).toEqual(["c pending", "b labelled", "a pending"]);
});
