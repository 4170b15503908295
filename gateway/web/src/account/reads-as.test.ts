import { expect, test } from "vitest";

import { readsAs } from "@/account/reads-as";

const none = { any_of: [], all_of: [], none_of: [] };
const filters = {
  categories: none,
  intents: none,
  sources: none,
  sentiments: none,
  languages: none,
  user_ids: none,
  text: "",
  min_confidence: null,
};
const query = {
  measure: "message_count",
  filters,
  share_of: null,
  range: null,
  time_zone: "UTC",
  group_by: [],
  order: null,
  limit: 0,
  compare_to: null,
  as_of: null,
};

test.each([
  ["stats", {}, "number of messages"],
  [
    "stats",
    { group_by: ["hour", "source"], limit: 5, order: "value_desc" },
    "number of messages · by hour and source · top 5",
  ],
  [
    "examples",
    { filters: { ...filters, categories: { ...none, any_of: ["login_account", "bonus"] } } },
    "examples of messages · login & account or bonus",
  ],
  [
    "stats",
    { measure: "share", filters: { ...filters, sources: { ...none, none_of: ["telegram"] } } },
    "share of messages · not Telegram",
  ],
  [
    "stats",
    { filters: { ...filters, text: "card", weekdays: ["monday"], hours: [9] } },
    "number of messages · “card” · monday · 09:00–10:00",
  ],
])("a verified %s question %j is told", (operation, changes, told) => {
  expect(readsAs({ operation, query: { ...query, ...changes } })).toBe(told);
});
