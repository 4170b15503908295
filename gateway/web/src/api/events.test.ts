import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ask, type ReplyEvent } from "@/api/events";
import { eventsOf, type StreamEvent } from "@/api/event-stream";

vi.mock("@/api/event-stream", () => ({ eventsOf: vi.fn() }));

const place = (seq: number) => ({ seq, reply_id: "r-1" });
const started = { type: "started", id: "0", data: place(0) };
const half = { type: "delta", id: "1", data: { ...place(1), text: "Half" } };
const rest = { type: "delta", id: "2", data: { ...place(2), text: " and half" } };
const completed = { type: "completed", id: "3", data: place(3) };
const cut = { type: "failed", id: "", data: { reply_id: "r-1", reason: "STREAM_CUT", message: "The stream ended early." } };

async function asked(...streams: StreamEvent[][]): Promise<ReplyEvent[]> {
  const opened = vi.mocked(eventsOf);
  for (const stream of streams) {
    opened.mockImplementationOnce(async function* () {
      await Promise.resolve();
      yield* stream;
    });
  }
  const seen: ReplyEvent[] = [];
  const reading = (async () => {
    const question = { text: "how many?", time_zone: "UTC", request_id: "q-1" };
    for await (const event of ask(question, new AbortController().signal)) seen.push(event);
  })();
  await vi.runAllTimersAsync();
  await reading;
  return seen;
}

describe("a reply's stream", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    vi.mocked(eventsOf).mockReset();
  });

  it.each([[[started, half, cut]], [[started, half]]])("that breaks off is resumed where it broke", async (first) => {
    const seen = await asked(first, [rest, completed]);
    expect(seen.map((event) => event.type)).toEqual(["started", "delta", "delta", "completed"]);
    const [path, init] = vi.mocked(eventsOf).mock.calls[1] ?? [];
    expect(path).toBe("/api/v1/replies/r-1/events");
    expect(init?.headers).toEqual({ "Last-Event-ID": "1" });
  });

  it("that fails has ended", async () => {
    const failed = { type: "failed", id: "2", data: { ...place(2), reason: "CHAT_MODEL_UNAVAILABLE", message: "later" } };
    const seen = await asked([started, half, failed]);
    expect(seen.at(-1)).toMatchObject({ type: "failed", message: "later" });
    expect(eventsOf).toHaveBeenCalledTimes(1);
  });
});
