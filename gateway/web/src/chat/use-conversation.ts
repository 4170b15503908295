import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";

import { api, dataOf } from "@/api/client";
import { ask } from "@/api/events";
import { type Exchange, advance, fromTurn, newExchange } from "@/chat/reply";
import { zone } from "@/lib/format";

async function loadTurns(sessionId: string): Promise<Exchange[]> {
  const path = { session_id: sessionId };
  const answer = await api.GET("/api/v1/sessions/{session_id}/messages", { params: { path, query: { page_size: 200 } } });
  return dataOf(answer).messages.map(fromTurn);
}

async function cancelReply(replyId: string): Promise<void> {
  await api.POST("/api/v1/replies/{reply_id}:cancel", { params: { path: { reply_id: replyId } } });
}

/** The exchanges of one session: those of before, those of this visit, and how to ask and stop. */
export function useConversation(sessionId: string | null, onSession: (id: string) => void) {
  const queries = useQueryClient();
  const [fresh, setFresh] = useState<Exchange[]>([]);
  const [error, setError] = useState<unknown>(null);
  const running = useRef<AbortController | null>(null);
  // The session this screen was opened with: one that begins here has no earlier turns to load.
  const [opened] = useState(sessionId);
  const history = useQuery({
    queryKey: ["turns", opened],
    queryFn: () => (opened ? loadTurns(opened) : []),
    enabled: opened !== null,
    refetchOnMount: "always",
    refetchOnWindowFocus: false,
  });

  useEffect(() => () => running.current?.abort(), []);

  const send = useCallback(
    async (text: string) => {
      const id = crypto.randomUUID();
      const update = (change: (exchange: Exchange) => Exchange) => {
        setFresh((all) => all.map((exchange) => (exchange.id === id ? change(exchange) : exchange)));
      };
      setError(null);
      setFresh((all) => [...all, newExchange(id, text)]);
      const controller = new AbortController();
      running.current = controller;
      const question = { text, time_zone: zone(), request_id: id, ...(sessionId ? { session_id: sessionId } : {}) };
      try {
        for await (const event of ask(question, controller.signal)) {
          update((exchange) => advance(exchange, event));
          if (event.type === "started" && event.session_id !== sessionId) onSession(event.session_id);
        }
      } catch (failure) {
        if (!controller.signal.aborted) {
          setError(failure);
          setFresh((all) => all.filter((exchange) => exchange.id !== id || exchange.answer !== ""));
        }
      }
      await queries.invalidateQueries({ queryKey: ["sessions"] });
    },
    [sessionId, onSession, queries],
  );

  const earlier = history.data?.filter((turn) => !fresh.some((exchange) => exchange.replyId === turn.replyId)) ?? [];
  const exchanges = [...earlier, ...fresh];
  const current = exchanges.findLast((exchange) => exchange.status === "running");
  const stop = async () => {
    if (current?.replyId) await cancelReply(current.replyId);
  };

  const problem = error ?? history.error;
  return { exchanges, running: current !== undefined, send, stop, loading: history.isLoading, error: problem };
}
