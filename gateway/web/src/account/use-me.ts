import { useQuery } from "@tanstack/react-query";

import { api, dataOf } from "@/api/client";

const AGAIN_MS = 3_000;

/** Who is logged in. Asked until it is known: without it the views of a role are missing. */
export function useMe() {
  return useQuery({
    queryKey: ["me"],
    queryFn: async () => dataOf(await api.GET("/api/v1/users/me")),
    staleTime: 300_000,
    refetchInterval: ({ state }) => (state.status === "error" ? AGAIN_MS : false),
  });
}

/** Whether one may read what customers wrote; false until it is known. */
export function useReadsMessages(): boolean {
  const role = useMe().data?.role;
  return role === "agent" || role === "admin";
}

/** Whether one may change rules and categories; false until it is known. */
export function useIsAdmin(): boolean {
  return useMe().data?.role === "admin";
}
