import { describe, expect, it } from "vitest";

import type { CategoryProposal } from "@/api/types";
import { definitionOf, examplesOf, walkedPercent } from "@/categories/definition";

describe("a definition", () => {
  it("has one example per line", () => {
    expect(examplesOf("  an invoice please \n\nmy receipt\nmy receipt\n")).toEqual(["an invoice please", "my receipt"]);
    expect(examplesOf("  \n")).toEqual([]);
  });
  it("begins with what a proposal found", () => {
    const proposal = { keywords: ["merch", "shop", "hoodie", "size"], exemplars: [{ text: "my hoodie\n is small" }] };
    expect(definitionOf(proposal as unknown as CategoryProposal)).toEqual({
      name: "Merch shop hoodie",
      description: "",
      examples: ["my hoodie is small"],
    });
  });
});

it("a walk is whole only when it has ended", () => {
  expect(walkedPercent({ walked: 50, walk_total: 200, walking: true })).toBe(25);
  expect(walkedPercent({ walked: 200, walk_total: 200, walking: true })).toBe(99);
  expect(walkedPercent({ walked: 0, walk_total: 0, walking: true })).toBe(0);
  expect(walkedPercent({ walked: 3, walk_total: 200, walking: false })).toBe(100);
});
