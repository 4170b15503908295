import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";

import { ApiProblem, api, dataOf } from "@/api/client";
import { type Question, type ReplyEvent, TERMINAL, ask, follow } from "@/api/events";
import type { Rating, RatingBody, Turn } from "@/api/types";
import { branchOf, placed } from "@/chat/branch";
import { type Exchange, advance, newExchange } from "@/chat/reply";
import { forgetReply, recallReply, rememberReply } from "@/chat/running-reply";
import { zone } from "@/lib/format";
import { newId } from "@/lib/new-id";

const NOT_FOUND = 404;

/** A question; with `replaces` it is asked in place of that exchange, and without a text in the same words. */
export interface Asking {
  text?: string;
  replaces?: Exchange;
}

/** All of them: pages come oldest first, and what one looks for is at their end. */
async function loadTurns(sessionId: string): Promise<Turn[]> {
  const turns: Turn[] = [];
  let page_token = "";
  do {
    const params = { path: { session_id: sessionId }, query: { page_size: 200, page_token } };
    const page = dataOf(await api.GET("/api/v1/sessions/{session_id}/messages", { params }));
    turns.push(...page.messages);
    page_token = page.next_page_token ?? "";
  } while (page_token);
  return turns;
}

async function cancelReply(replyId: string): Promise<void> {
  await api.POST("/api/v1/replies/{reply_id}:cancel", { params: { path: { reply_id: replyId } } });
}

async function sendRating(replyId: string, body: RatingBody): Promise<Rating | null> {
  const params = { path: { reply_id: replyId } };
  return dataOf(await api.PUT("/api/v1/replies/{reply_id}/rating", { params, body })).rating;
}

/** The exchanges of one session: those of before, those of this visit, and how to ask, stop and rate. */
export function useConversation(sessionId: string | null, onSession: (id: string) => void) {
  const queries = useQueryClient();
  // The session this screen was opened with: one that begins here has no earlier turns to load.
  const [opened] = useState(sessionId);
  const [fresh, setFresh] = useState<Exchange[]>(() => runningIn(opened));
  const [error, setError] = useState<unknown>(null);
  const running = useRef<AbortController | null>(null);
  // A short answer ends before the address has changed: the next question must not begin another session.
  const session = useRef(sessionId);
  const history = useQuery({
    queryKey: ["turns", opened],
    queryFn: () => (opened ? loadTurns(opened) : []),
    enabled: opened !== null,
    refetchOnMount: "always",
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

  /** Follows a reply to its end; whether it began at all. */
  const read = useCallback(
    async (asked: Exchange, open: (signal: AbortSignal) => AsyncGenerator<ReplyEvent>) => {
      const controller = new AbortController();
      running.current = controller;
      let began = false;
      const update = (change: (exchange: Exchange) => Exchange) => {
        setFresh((all) => all.map((exchange) => (exchange.id === asked.id ? change(exchange) : exchange)));
      };
      try {
        for await (const event of open(controller.signal)) {
          update((exchange) => advance(exchange, event));
          began = true;
          if (event.type === "started") {
            if (event.session_id !== session.current) onSession(event.session_id);
            session.current = event.session_id;
            rememberReply(event.session_id, { replyId: event.reply_id, question: asked.question, replaces: asked.replaces });
          }
          if (session.current && TERMINAL.has(event.type)) forgetReply(session.current, event.reply_id);
        }
      } catch (failure) {
        if (controller.signal.aborted) return true;
        // A reply whose events are gone has ended; the session's turns hold it.
        const gone = asked.replyId !== null && failure instanceof ApiProblem && failure.status === NOT_FOUND;
        if (session.current && gone) forgetReply(session.current, asked.id);
        else setError(failure);
        update((exchange) => ({ ...exchange, status: "failed" }));
        setFresh((all) => all.filter((exchange) => exchange.id !== asked.id || exchange.answer !== ""));
      }
      await queries.invalidateQueries({ queryKey: ["sessions"] });
      return began;
    },
    [onSession, queries],
  );

  /** Asks; whether an answer to it began. */
  const send = useCallback(
    async ({ text, replaces }: Asking) => {
      const id = newId();
      const asked = newExchange(id, text ?? replaces?.question ?? "", replaces?.replyId ?? null);
      setError(null);
      setFresh((all) => [...all, asked]);
      const question: Question = { time_zone: zone(), request_id: id };
      if (text !== undefined) question.text = text;
      if (replaces?.replyId) question.replaces_turn_id = replaces.replyId;
      if (session.current) question.session_id = session.current;
      return read(asked, (signal) => ask(question, signal));
    },
    [read],
  );

  const rate = useCallback(
    async (replyId: string, body: RatingBody) => {
      const rating = await sendRating(replyId, body);
      setFresh((all) => all.map((exchange) => (exchange.replyId === replyId ? { ...exchange, rating } : exchange)));
      queries.setQueryData<Turn[]>(["turns", opened], (turns) =>
        turns?.map((turn) => (turn.reply_id === replyId ? { ...turn, rating } : turn)),
      );
    },
    [opened, queries],
  );

  const goOn = useEffectEvent(() => {
    for (const asked of runningIn(opened)) void read(asked, (signal) => follow(asked.id, signal));
  });
  useEffect(() => {
    goOn();
    return () => running.current?.abort();
  }, []);

  const before = history.data?.filter((turn) => !fresh.some(({ replyId }) => replyId === turn.reply_id)) ?? [];
  const exchanges = fresh.reduce(placed, branchOf(before));
  const current = exchanges.findLast((exchange) => exchange.status === "running");
  const stop = async () => {
    if (current?.replyId) await cancelReply(current.replyId).catch(setError);
  };

  const problem = error ?? history.error;
  return { exchanges, running: current !== undefined, send, stop, rate, loading: history.isLoading, error: problem };
}

/** The reply that ran here when the page was left, as an exchange that knows nothing of its answer yet. */
function runningIn(sessionId: string | null): Exchange[] {
  const kept = sessionId === null ? null : recallReply(sessionId);
  if (kept === null) return [];
  return [{ ...newExchange(kept.replyId, kept.question, kept.replaces), replyId: kept.replyId }];
}
