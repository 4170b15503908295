import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, dataOf } from "@/api/client";
import type { Category } from "@/api/types";
import { type Filters, periodsOf, statsFilters, writeFilters } from "@/filters/filters";
import { zone } from "@/lib/format";

const CATEGORIES = ["categories"];
const WALKING_REFRESH_MS = 1_000;
const PROPOSALS_STALE_MS = 300_000;

/** Every category by name, retired ones too; asked again every second while one is being applied to history. */
export function useCategories() {
  return useQuery({
    queryKey: CATEGORIES,
    queryFn: async () => {
      const answer = await api.GET("/api/v1/categories", { params: { query: { page_size: 1000 } } });
      return dataOf(answer).categories;
    },
    refetchInterval: ({ state }) => (state.data?.some(({ walking }) => walking) ? WALKING_REFRESH_MS : false),
  });
}

export interface Definition {
  name: string;
  description: string;
  examples: string[];
}

/** Defines, applies, renames and retires; the lists follow. */
export function useCategoryChanges() {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: CATEGORIES });
  const path = (id: string) => ({ params: { path: { category_id: id } } });
  const create = useMutation({
    mutationFn: async ({ id, ...definition }: Definition & { id: string }) =>
      dataOf(await api.POST("/api/v1/categories", { body: { ...definition, request_id: id } })),
    onSuccess,
  });
  const apply = useMutation({
    mutationFn: async (id: string) => dataOf(await api.POST("/api/v1/categories/{category_id}:apply", path(id))),
    onSuccess,
  });
  const rename = useMutation({
    mutationFn: async ({ id, name }: { id: string; name: string }) =>
      dataOf(await api.PATCH("/api/v1/categories/{category_id}", { ...path(id), body: { name } })),
    onSuccess,
  });
  const retire = useMutation({
    mutationFn: async (id: string) => dataOf(await api.POST("/api/v1/categories/{category_id}:retire", path(id))),
    onSuccess,
  });
  return { create, apply, rename, retire };
}

/** What a category would find in the messages of a period. */
export function usePreview(category: Category, filters: Filters) {
  return useQuery({
    queryKey: ["preview", category.id, writeFilters(filters).toString()],
    queryFn: async () => {
      const body = { range: periodsOf(filters, new Date()).range, filters: statsFilters(filters), time_zone: zone() };
      const params = { path: { category_id: category.id } };
      return dataOf(await api.POST("/api/v1/categories/{category_id}:preview", { params, body: body as never }));
    },
    placeholderData: (before) => before,
  });
}

/** Topics that no category covers yet. */
export function useProposals() {
  return useQuery({
    queryKey: [...CATEGORIES, "proposals"],
    queryFn: async () => dataOf(await api.GET("/api/v1/categories/proposals", {})),
    staleTime: PROPOSALS_STALE_MS,
  });
}
