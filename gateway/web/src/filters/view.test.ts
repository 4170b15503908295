import { describe, expect, it } from "vitest";

import type { SavedQuery } from "@/api/types";

import { readFilters, writeFilters } from "./filters";
import { filtersOf, viewOf } from "./view";

const NONE = { any_of: [], none_of: [], all_of: [] };

/** A view as the server answers it: every part of the filters is there. */
function saved(address: string, more: object = {}): SavedQuery {
  const { query, days = null, first_day = null, last_day = null } = viewOf("n", false, readFilters(new URLSearchParams(address)));
  const given = Object.fromEntries(
    Object.entries(query?.filters ?? {}).map(([name, value]) => [
      name,
      Array.isArray(value) ? value : { ...NONE, ...(value as object) },
    ]),
  );
  const filters = {
    ...Object.fromEntries(
      ["categories", "intents", "sources", "sentiments", "languages", "user_ids"].map((name) => [name, NONE]),
    ),
    ...{ text: "", min_confidence: null },
    ...given,
    ...more,
  };
  return { query: { filters }, days, first_day, last_day } as unknown as SavedQuery;
}

describe("a saved view", () => {
  it("opens what was looked at when it was saved", () => {
    for (const address of [
      "days=7&category=deposit&category=withdraw&sentiment=negative",
      "days=1&hour=0&hour=23&weekday=monday",
      "start=2026-02-01&end=2026-02-28&source=telegram",
    ]) {
      const filters = filtersOf(saved(address));
      expect(filters && writeFilters(filters).toString()).toBe(address);
    }
  });
  it("is not opened where the page could show a part of it only", () => {
    for (const more of [{ text: "card" }, { user_ids: { ...NONE, any_of: ["u1"] } }, { sources: { ...NONE, none_of: ["web"] } }])
      expect(filtersOf(saved("days=7", more))).toBeNull();
    expect(filtersOf({ ...saved("days=7"), days: 14 })).toBeNull();
  });
});
