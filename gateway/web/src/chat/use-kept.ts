import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, dataOf } from "@/api/client";

/** What a conversation keeps, and ways to have it forgotten. */
export function useKept(sessionId: string) {
  const queries = useQueryClient();
  const queryKey = ["kept", sessionId];
  const params = { path: { session_id: sessionId } };
  const query = useQuery({
    queryKey,
    queryFn: async () => dataOf(await api.GET("/api/v1/sessions/{session_id}/memory", { params })),
    // What was told a moment ago stands there, too.
    staleTime: 0,
  });
  const forget = useMutation({
    mutationFn: (entryId: string | null) =>
      api.POST("/api/v1/sessions/{session_id}/memory:forget", {
        params,
        body: entryId === null ? { everything: true } : { entry_id: entryId },
      }),
    onSettled: () => queries.invalidateQueries({ queryKey }),
  });
  return { query, forget };
}
