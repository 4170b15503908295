import { eventsOf } from "@/api/event-stream";
import type { Message } from "@/api/types";

export interface LiveEvent {
  cursor: string;
  message: Message | null;
}

/** Messages as they are stored and labelled, from a cursor on; `message` is null for a sign of life. Throws where the server ends it. */
export async function* live(cursor: string, signal: AbortSignal): AsyncGenerator<LiveEvent> {
  const headers: Record<string, string> = cursor ? { "Last-Event-ID": cursor } : {};
  for await (const { type, id, data } of eventsOf("/api/v1/events", { headers }, signal)) {
    // The login that it was begun with has ended, perhaps: whoever begins again does so with the present one.
    if (type === "failed") throw new Error((data as { message: string }).message);
    const { message } = data as { message?: Message };
    yield { cursor: id, message: message ?? null };
  }
}
