import { eventsOf } from "@/api/event-stream";
import type { Message } from "@/api/types";

export interface LiveEvent {
  cursor: string;
  message: Message | null;
}

/** Messages as they are stored and labelled, from a cursor on; `message` is null for a sign of life. */
export async function* live(cursor: string, signal: AbortSignal): AsyncGenerator<LiveEvent> {
  const headers: Record<string, string> = cursor ? { "Last-Event-ID": cursor } : {};
  for await (const { id, data } of eventsOf("/api/v1/events", { headers }, signal)) {
    const { message } = data as { message?: Message };
    yield { cursor: id, message: message ?? null };
  }
}
