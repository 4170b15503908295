import { useQuery } from "@tanstack/react-query";

import { api, dataOf } from "@/api/client";
import type { Stats, StatsQuery } from "@/api/types";
import { type Filters, listFilters, periodsOf, statsFilters, writeFilters } from "@/filters/filters";
import { zone } from "@/lib/format";

const REFRESH_MS = 60_000;

type Question = Pick<Partial<StatsQuery>, "measure" | "group_by" | "limit" | "order">;

/** The numbers of one question under the filters, asked again every minute; `compared` adds the period before. */
export function useStats(filters: Filters, question: Question, { compared = false } = {}) {
  return useQuery({
    queryKey: ["stats", writeFilters(filters).toString(), question, compared],
    queryFn: () => askStats(filters, question, compared),
    refetchInterval: REFRESH_MS,
    placeholderData: (before) => before,
  });
}

async function askStats(filters: Filters, question: Question, compared: boolean): Promise<Stats> {
  const { range, before } = periodsOf(filters, new Date());
  const body = {
    time_zone: zone(),
    filters: statsFilters(filters),
    range,
    group_by: [],
    ...question,
    ...(compared ? { compare_to: before } : {}),
  };
  return dataOf(await api.POST("/api/v1/stats", { body: body as StatsQuery }));
}

/** Parts of the view that appear one after the other do not each ask for the same. */
const SAME_VIEW_MS = 5_000;

/** Days that stand out, by category. */
export function useSpikes(filters: Filters) {
  return useQuery({
    queryKey: ["spikes", writeFilters(filters).toString()],
    queryFn: async () => {
      const { range } = periodsOf(filters, new Date());
      const body = { range, time_zone: zone(), filters: statsFilters(filters), group_by: "category", step: "day" };
      return dataOf(await api.POST("/api/v1/stats:spikes", { body: body as never }));
    },
    staleTime: SAME_VIEW_MS,
    refetchInterval: REFRESH_MS,
    placeholderData: (before) => before,
  });
}

/** Near-duplicate messages of the period, the largest groups first. */
export function useIncidents(filters: Filters) {
  return useQuery({
    queryKey: ["incidents", writeFilters(filters).toString()],
    queryFn: async () => {
      const { range } = periodsOf(filters, new Date());
      const query = { ...range, ...listFilters(filters), page_size: 5, min_messages: 3 };
      return dataOf(await api.GET("/api/v1/incidents", { params: { query } }));
    },
    refetchInterval: REFRESH_MS,
    placeholderData: (before) => before,
  });
}
