import { useQuery } from "@tanstack/react-query";

import { api, dataOf } from "@/api/client";
import type { StatsQuery } from "@/api/types";
import { type FilterField, HOURS, WEEKDAYS } from "@/filters/filters";

const SENTIMENTS = ["negative", "neutral", "positive"];

/** The labels of the model that serves. */
export function useLabels(): { categories: string[]; intents: string[]; sentiments: string[] } {
  const { data } = useQuery({
    queryKey: ["model"],
    queryFn: async () => dataOf(await api.GET("/api/v1/model")),
    staleTime: Infinity,
  });
  return { categories: data?.schemes["category"]?.labels ?? [], intents: data?.intents ?? [], sentiments: SENTIMENTS };
}

/** The values a field may have: labels from the model, sources and languages as far as messages have them. */
export function useVocabulary(): Record<FilterField, string[]> {
  const { categories, intents, sentiments } = useLabels();
  return {
    category: categories,
    intent: intents,
    source: useValues("source"),
    sentiment: sentiments,
    language: useValues("language"),
    hour: HOURS,
    weekday: [...WEEKDAYS],
  };
}

function useValues(field: "source" | "language"): string[] {
  const { data } = useQuery({
    queryKey: ["values", field],
    queryFn: async () => {
      const body = { group_by: [field], order: "value_desc", limit: 100 };
      return dataOf(await api.POST("/api/v1/stats", { body: body as unknown as StatsQuery }));
    },
    staleTime: 300_000,
  });
  return data?.rows.map((row) => row.keys[field] ?? "").filter(Boolean) ?? [];
}
