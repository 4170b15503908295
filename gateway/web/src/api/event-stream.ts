import { EventSourceParserStream } from "eventsource-parser/stream";

import { addressOf } from "@/api/address";
import { authorizedFetch } from "@/api/authorized-fetch";
import { problemOf } from "@/api/client";

export interface StreamEvent {
  type: string;
  id: string;
  data: unknown;
}

/** The server-sent events of a request, until the stream ends. A refusal is thrown as the problem it is. */
export async function* eventsOf(path: string, init: RequestInit, signal: AbortSignal): AsyncGenerator<StreamEvent> {
  const headers = new Headers(init.headers);
  headers.set("Accept", "text/event-stream");
  const response = await authorizedFetch(new Request(addressOf(path), { ...init, headers, signal }));
  if (!response.ok || response.body === null) throw await problemOf(response);
  const reader = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield { type: value.event ?? "message", id: value.id ?? "", data: JSON.parse(value.data) };
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
