import { useEffect, useState } from "react";

import { api, dataOf } from "@/api/client";
import { type LiveEvent, live } from "@/api/live";
import { ApiProblem } from "@/api/problem";
import type { Message } from "@/api/types";
import { after, merged } from "@/live/merged";

const RETRY_MS = 2_000;
const BEFORE = 20;

export interface Live {
  messages: Message[];
  connected: boolean;
}

const BAD_REQUEST = 400;

/** The latest messages, then those that come, newest first. A stream that breaks is taken up where it broke. */
export function useLive(): Live {
  const [messages, setMessages] = useState<Message[]>([]);
  const [connected, setConnected] = useState(false);
  useEffect(() => {
    const leaving = new AbortController();
    const take = (event: LiveEvent, fromNow: boolean) => {
      setConnected(true);
      // Asked for once the stream is open, so that nothing falls between the two.
      if (fromNow) {
        setMessages([]);
        void latest(leaving.signal).then((before) => {
          setMessages((now) => after(now, before));
        });
      }
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

async function listen(
  signal: AbortSignal,
  take: (event: LiveEvent, fromNow: boolean) => void,
  broken: () => void,
): Promise<void> {
  let cursor = "";
  for (;;) {
    try {
      for await (const event of live(cursor, signal)) {
        take(event, cursor === "");
        cursor = event.cursor || cursor;
      }
    } catch (error) {
      // The gateway is away, or this login has ended, which shows the login by itself; or the place is: it is kept for days.
      if (error instanceof ApiProblem && error.status === BAD_REQUEST) cursor = "";
    }
    if (signal.aborted) return;
    broken();
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function latest(signal: AbortSignal): Promise<Message[]> {
  try {
    const query = { page_size: BEFORE };
    return dataOf(await api.GET("/api/v1/messages", { params: { query }, signal })).messages;
  } catch {
    // The view has been left, or what comes is shown without what was.
    return [];
  }
}
