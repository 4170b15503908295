import { useQueryClient } from "@tanstack/react-query";
import { CloudOff } from "lucide-react";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";

import { addressOf } from "@/api/address";
import { type Connection, connection, noteReached, onConnectionChange } from "@/api/connection";
import { clock } from "@/lib/format";

const PROBE_MS = 3_000;
const TEXTS: Record<Exclude<Connection, "online">, string> = {
  offline: "This device is offline.",
  unreachable: "Earshot does not answer.",
};

/** Says that the server cannot be reached, since when, and brings everything up to date when it can be again. */
export function ConnectionBanner() {
  const state = useSyncExternalStore(onConnectionChange, connection);
  const queries = useQueryClient();
  const lost = useRef(false);
  useEffect(() => {
    if (state === "online") {
      if (lost.current) void queries.invalidateQueries();
      lost.current = false;
      return;
    }
    lost.current = true;
    if (state === "offline") return;
    const timer = setInterval(() => void probe(), PROBE_MS);
    return () => {
      clearInterval(timer);
    };
  }, [state, queries]);
  if (state === "online") return null;
  return <Banner key={state} text={TEXTS[state]} />;
}

function Banner({ text }: { text: string }) {
  const [since] = useState(() => new Date().toISOString());
  return (
    <p
      role="status"
      data-testid="connection"
      className="sticky top-0 z-30 flex items-center justify-center gap-2 bg-warning px-4 py-2 text-sm text-warning-foreground"
    >
      <CloudOff className="size-4 shrink-0" aria-hidden />
      <span>
        {text} What you see is of {clock(since)}; it goes on by itself.
      </span>
    </p>
  );
}

async function probe(): Promise<void> {
  await fetch(addressOf("/healthz"), { cache: "no-store" }).then(
    () => {
      noteReached(true);
    },
    () => undefined,
  );
}
