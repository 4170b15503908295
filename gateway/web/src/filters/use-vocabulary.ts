import { useQuery } from "@tanstack/react-query";

import { api, dataOf } from "@/api/client";
import type { FilterField } from "@/filters/filters";

const SENTIMENTS = ["negative", "neutral", "positive"];
const SOURCES = ["livechat", "telegram", "email", "web", "phone", "import"];

/** The values a field may have: labels from the model that serves, known sources. */
export function useVocabulary(): Record<FilterField, string[]> {
  const { data } = useQuery({
    queryKey: ["model"],
    queryFn: async () => dataOf(await api.GET("/api/v1/model")),
    staleTime: Infinity,
  });
  return {
    category: data?.schemes["category"]?.labels ?? [],
    intent: data?.intents ?? [],
    source: SOURCES,
    sentiment: SENTIMENTS,
    language: [],
  };
}
