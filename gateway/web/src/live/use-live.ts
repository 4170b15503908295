import { useEffect, useState } from "react";

import { type LiveEvent, live } from "@/api/live";
import type { Message } from "@/api/types";
import { merged } from "@/live/merged";

const RETRY_MS = 2_000;

export interface Live {
  messages: Message[];
  connected: boolean;
}

/** Messages as they come, newest first. A stream that breaks is taken up where it broke. */
export function useLive(): Live {
  const [messages, setMessages] = useState<Message[]>([]);
  const [connected, setConnected] = useState(false);
  useEffect(() => {
    const leaving = new AbortController();
    const take = (event: LiveEvent) => {
      setConnected(true);
      if (event.message) setMessages((now) => merged(now, event.message as Message));
    };
    void listen(leaving.signal, take, () => {
      setConnected(false);
    });
    return () => {
      leaving.abort();
    };
  }, []);
  return { messages, connected };
}

async function listen(signal: AbortSignal, take: (event: LiveEvent) => void, broken: () => void): Promise<void> {
  let cursor = "";
  for (;;) {
    try {
      for await (const event of live(cursor, signal)) {
        cursor = event.cursor || cursor;
        take(event);
      }
    } catch {
      // The gateway is away, or this login has ended, which shows the login by itself.
    }
    if (signal.aborted) return;
    broken();
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
