/** Whether the server can be reached: no network here, or one behind which nothing answers. */
export type Connection = "online" | "offline" | "unreachable";

const listeners = new Set<() => void>();
let unreachable = false;

export function connection(): Connection {
  if (!navigator.onLine) return "offline";
  return unreachable ? "unreachable" : "online";
}

/** Notes how the last request fared. */
export function noteReached(reached: boolean): void {
  if (unreachable === !reached) return;
  unreachable = !reached;
  for (const listener of listeners) listener();
}

/** Calls back whenever it changes. */
export function onConnectionChange(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
}
