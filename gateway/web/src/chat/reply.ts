import type { ReplyEvent } from "@/api/events";
import type { Interpretation, Message, Rating, Receipt, Stats, Turn, Verification } from "@/api/types";

/** One question and its answer as the page shows them, while it runs and afterwards. */
export interface Exchange {
  id: string;
  question: string;
  answer: string;
  status: "running" | "completed" | "cancelled" | "failed";
  replyId: string | null;
  /** The reply in whose place this one was asked for. */
  replaces: string | null;
  /** What was answered in its place before, oldest first. */
  versions: Exchange[];
  interpretation: Interpretation | null;
  stats: Stats[];
  examples: Message[];
  notices: string[];
  verification: Verification | null;
  receipt: Receipt | null;
  rating: Rating | null;
  model: string;
  failure: string | null;
}

export function newExchange(id: string, question: string, replaces: string | null = null): Exchange {
  return {
    id,
    question,
    answer: "",
    status: "running",
    replyId: null,
    replaces,
    versions: [],
    interpretation: null,
    stats: [],
    examples: [],
    notices: [],
    verification: null,
    receipt: null,
    rating: null,
    model: "",
    failure: null,
  };
}

/** The exchange after one more event of its stream. */
export function advance(exchange: Exchange, event: ReplyEvent): Exchange {
  switch (event.type) {
    case "started":
      return { ...exchange, replyId: event.reply_id, interpretation: event.interpretation, model: event.model };
    case "delta":
      return { ...exchange, answer: exchange.answer + event.text };
    case "query":
      return {
        ...exchange,
        stats: event.stats ? [...exchange.stats, event.stats] : exchange.stats,
        examples: [...exchange.examples, ...event.examples],
      };
    case "notice":
      return { ...exchange, notices: [...exchange.notices, event.message] };
    case "usage":
      return exchange;
    case "completed":
      return { ...exchange, status: "completed", verification: event.verification, receipt: event.receipt };
    case "cancelled":
      return { ...exchange, status: "cancelled" };
    case "failed":
      return { ...exchange, status: "failed", failure: event.message };
  }
}

/** The exchange of a turn that was finished before. */
export function fromTurn(turn: Turn): Exchange {
  return {
    ...newExchange(turn.id, turn.text, turn.replaces_turn_id),
    answer: turn.answer,
    status: turn.status,
    replyId: turn.reply_id,
    interpretation: turn.interpretation,
    stats: turn.queries,
    examples: turn.examples,
    verification: turn.verification,
    receipt: turn.receipt,
    rating: turn.rating,
    model: turn.model,
    failure: turn.status === "failed" ? "This answer failed. Ask again." : null,
  };
}
