import { describe, expect, it } from "vitest";

import type { Turn } from "@/api/types";
import { branchOf, placed } from "@/chat/branch";
import { newExchange } from "@/chat/reply";

const turn = (number: number, previous: number, replaces: string | null = null) =>
  ({
    id: `t${number}`,
    reply_id: `t${number}`,
    number,
    previous_number: previous,
    replaces_turn_id: replaces,
    text: `question ${number}`,
    answer: "",
    status: "completed",
    queries: [],
    examples: [],
  }) as unknown as Turn;
const ids = (exchanges: { replyId: string | null }[]) => exchanges.map(({ replyId }) => replyId);

describe("a branch", () => {
  it("is the whole list where nothing was replaced", () => {
    expect(branchOf([])).toEqual([]);
    expect(ids(branchOf([turn(1, 0), turn(2, 1)]))).toEqual(["t1", "t2"]);
  });
  it("leaves what was replaced, and carries it as versions", () => {
    const turns = [turn(1, 0), turn(2, 1), turn(3, 0, "t1"), turn(4, 0, "t3"), turn(5, 4)];
    const branch = branchOf(turns);
    expect(ids(branch)).toEqual(["t4", "t5"]);
    expect(ids(branch[0]?.versions ?? [])).toEqual(["t1", "t3"]);
    expect(branch[1]?.versions).toEqual([]);
  });
});

it("a new answer takes the place of the one it replaces and of what followed", () => {
  const [first, second] = [
    { ...newExchange("a", "one"), replyId: "t1" },
    { ...newExchange("b", "two"), replyId: "t2" },
  ];
  const next = { ...newExchange("c", "three") };
  expect(ids(placed([first, second], next))).toEqual(["t1", "t2", null]);
  const again = placed([first, second], { ...next, replaces: "t1" });
  expect(again.map(({ id }) => id)).toEqual(["c"]);
  expect(ids(again[0]?.versions ?? [])).toEqual(["t1"]);
});
