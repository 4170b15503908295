import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, dataOf } from "@/api/client";

const SESSIONS = ["sessions"];
const PAGE_SIZE = 30;

/** One's conversations, the newest first. */
export function useSessions() {
  return useInfiniteQuery({
    queryKey: SESSIONS,
    queryFn: async ({ pageParam }) =>
      dataOf(await api.GET("/api/v1/sessions", { params: { query: { page_size: PAGE_SIZE, page_token: pageParam } } })),
    initialPageParam: "",
    getNextPageParam: ({ next_page_token }) => next_page_token ?? undefined,
  });
}

/** Renames and deletes; the list follows. */
export function useSessionChanges() {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: SESSIONS });
  const path = (id: string) => ({ params: { path: { session_id: id } } });
  const rename = useMutation({
    mutationFn: ({ id, title }: { id: string; title: string }) =>
      api.PATCH("/api/v1/sessions/{session_id}", { ...path(id), body: { title } }),
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: (id: string) => api.DELETE("/api/v1/sessions/{session_id}", path(id)),
    onSuccess,
  });
  return { rename, remove };
}
