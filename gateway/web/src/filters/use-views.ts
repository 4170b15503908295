import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, dataOf } from "@/api/client";
import type { ViewBody } from "@/api/types";

const VIEWS = ["saved views"];

/** One's own views and the workspace's, by name; asked for once they are wanted. */
export function useViews(enabled: boolean) {
  return useQuery({
    queryKey: VIEWS,
    queryFn: async () => {
      const query = { kind: "view", page_size: 200 } as const;
      const { queries } = dataOf(await api.GET("/api/v1/saved-queries", { params: { query } }));
      return queries.sort((one, other) => one.name.localeCompare(other.name));
    },
    enabled,
  });
}

/** Saving and deleting; the list follows. */
export function useViewChanges() {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: VIEWS });
  const save = useMutation({
    mutationFn: async (body: ViewBody) => dataOf(await api.POST("/api/v1/saved-queries", { body })),
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: (id: string) => api.DELETE("/api/v1/saved-queries/{query_id}", { params: { path: { query_id: id } } }),
    onSuccess,
  });
  return { save, remove };
}
