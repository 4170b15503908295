import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { ApiProblem, api, dataOf } from "@/api/client";
import type { Message } from "@/api/types";

const QUEUE = ["review"];
/** So many of the queue are asked for at once. */
export const QUEUE_PAGE = 20;

/** The messages most worth a look, the next one first. */
export function useQueue() {
  return useQuery({
    queryKey: QUEUE,
    queryFn: async () => dataOf(await api.GET("/api/v1/review", { params: { query: { page_size: QUEUE_PAGE } } })).items,
  });
}

export type Judgement = { verdict: "confirmed" } | { verdict: "corrected"; intents: string[]; sentiment: string };

/** Says what a message's labels are. A message that somebody else judged meanwhile leaves the queue as well. */
export function useJudge() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ message, judgement }: { message: Message; judgement: Judgement }) =>
      api.POST("/api/v1/messages/{message_id}/labels", {
        params: { path: { message_id: message.id } },
        body: { intents: [], sentiment: "", language: "", labelled_at: message.labelled_at, ...judgement },
      }),
    onSettled: async (_, error) => {
      if (!error || (error instanceof ApiProblem && error.status === 409)) await queries.invalidateQueries({ queryKey: QUEUE });
    },
  });
}

/** How often people left the model's labels as they were, and how far people agree. */
export function useAgreement() {
  return useQuery({
    queryKey: [...QUEUE, "agreement"],
    queryFn: async () => dataOf(await api.GET("/api/v1/review/agreement", {})),
  });
}
