import { describe, expect, it } from "vitest";

import type { ReplyEvent } from "@/api/events";
import { advance, newExchange } from "@/chat/reply";

const place = (seq: number) => ({ seq, reply_id: "r1" });

describe("advance", () => {
  it("joins the deltas and ends as the terminal event says", () => {
    const events: ReplyEvent[] = [
      { ...place(0), type: "started", session_id: "s", turn_id: "r1", interpretation: null, model: "builtin" },
      { ...place(1), type: "delta", text: "Twelve " },
      { ...place(2), type: "delta", text: "messages." },
      {
        ...place(3),
        type: "completed",
        finish_reason: "stop",
        verification: { bound: 1, masked: 0, contradicted: 0 },
        receipt: null,
      },
    ];
    const exchange = events.reduce(advance, newExchange("q", "how many?"));
    expect(exchange.answer).toBe("Twelve messages.");
    expect(exchange.status).toBe("completed");
    expect(exchange.replyId).toBe("r1");
    expect(exchange.verification?.bound).toBe(1);
  });

  it("keeps what was said when the reply is stopped or fails", () => {
    const half = advance(newExchange("q", "?"), { ...place(1), type: "delta", text: "Half" });
    expect(advance(half, { ...place(2), type: "cancelled", by: "user" })).toMatchObject({
      answer: "Half",
      status: "cancelled",
    });
    const failed = advance(half, {
      ...place(2),
      type: "failed",
      code: "UNAVAILABLE",
      reason: "STORE_UNAVAILABLE",
      message: "later",
      retryable: true,
    });
    expect(failed).toMatchObject({ answer: "Half", status: "failed", failure: "later" });
  });
});
