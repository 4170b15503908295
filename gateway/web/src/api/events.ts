import { eventsOf } from "@/api/event-stream";
import type { Interpretation, Message, Receipt, Stats, Usage, Verification } from "@/api/types";

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
  /** Absent where the question of the replaced turn is asked again. */
  text?: string;
  replaces_turn_id?: string;
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
  yield* resuming(open(pathOf(replyId), {}, signal), signal);
}

/** The gateway's own word that the stream broke off: it has no place in the reply, which may well go on. */
const isCut = (event: ReplyEvent) => event.type === "failed" && !Number.isInteger(event.seq);

const pathOf = (replyId: string) => `/api/v1/replies/${replyId}/events`;

async function* resuming(first: AsyncGenerator<ReplyEvent>, signal: AbortSignal): AsyncGenerator<ReplyEvent> {
  let place: Place | null = null;
  let events = first;
  for (let tries = 0; ; tries += 1) {
    try {
      for await (const event of events) {
        if (isCut(event)) break;
        place = event;
        yield event;
        if (TERMINAL.has(event.type)) return;
      }
    } catch (error) {
      if (place === null || signal.aborted || tries >= 5) throw error;
    }
    if (place === null || tries >= 5) throw new Error("The answer broke off. Ask again.");
    await new Promise((resolve) => setTimeout(resolve, 300 * (tries + 1)));
    events = open(pathOf(place.reply_id), { headers: { "Last-Event-ID": String(place.seq) } }, signal);
  }
}

async function* open(path: string, init: RequestInit, signal: AbortSignal): AsyncGenerator<ReplyEvent> {
  for await (const { type, data } of eventsOf(path, init, signal)) yield { type, ...(data as object) } as ReplyEvent;
}
