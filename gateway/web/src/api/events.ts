import { EventSourceParserStream } from "eventsource-parser/stream";

import { problemOf } from "@/api/client";
import type { Interpretation, Message, Receipt, Stats, Usage, Verification } from "@/api/types";
import { readToken } from "@/auth/token";

interface Place {
  seq: number;
  reply_id: string;
}

/** The events of a reply, as the stream law of the contract orders them. */
export type ReplyEvent = Place &
  (
    | { type: "started"; session_id: string; turn_id: string; interpretation: Interpretation | null; model: string }
    | { type: "delta"; text: string }
    | { type: "query"; name: string; stats: Stats | null; examples: Message[] }
    | { type: "notice"; kind: string; message: string }
    | ({ type: "usage" } & Usage)
    | { type: "completed"; finish_reason: string; verification: Verification; receipt: Receipt | null }
    | { type: "cancelled"; by: string }
    | { type: "failed"; code: string; reason: string; message: string; retryable: boolean }
  );

export const TERMINAL = new Set(["completed", "cancelled", "failed"]);

export interface Question {
  text: string;
  session_id?: string;
  time_zone: string;
  request_id: string;
}

/** Asks, and yields the reply's events. A stream cut before its end is resumed where it broke, up to five times. */
export async function* ask(question: Question, signal: AbortSignal): AsyncGenerator<ReplyEvent> {
  const send = { method: "POST", body: JSON.stringify(question), headers: { "Content-Type": "application/json" } };
  yield* resuming(open("/api/v1/chat/stream", send, signal), signal);
}

/** The events of a reply that runs already, or has run, from its first one on. */
export async function* follow(replyId: string, signal: AbortSignal): AsyncGenerator<ReplyEvent> {
  yield* resuming(open(eventsOf(replyId), {}, signal), signal);
}

const eventsOf = (replyId: string) => `/api/v1/replies/${replyId}/events`;

async function* resuming(first: AsyncGenerator<ReplyEvent>, signal: AbortSignal): AsyncGenerator<ReplyEvent> {
  let place: Place | null = null;
  let events = first;
  for (let tries = 0; ; tries += 1) {
    try {
      for await (const event of events) {
        place = event;
        yield event;
        if (TERMINAL.has(event.type)) return;
      }
    } catch (error) {
      if (place === null || signal.aborted || tries >= 5) throw error;
    }
    if (place === null || tries >= 5) throw new Error("The answer broke off. Ask again.");
    await new Promise((resolve) => setTimeout(resolve, 300 * (tries + 1)));
    events = open(eventsOf(place.reply_id), { headers: { "Last-Event-ID": String(place.seq) } }, signal);
  }
}

async function* open(path: string, init: RequestInit, signal: AbortSignal): AsyncGenerator<ReplyEvent> {
  const headers = new Headers(init.headers);
  headers.set("Accept", "text/event-stream");
  headers.set("Authorization", `Bearer ${readToken() ?? ""}`);
  const response = await fetch(path, { ...init, headers, signal });
  if (!response.ok || response.body === null) throw await problemOf(response);
  const reader = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield { type: value.event, ...(JSON.parse(value.data) as object) } as ReplyEvent;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
