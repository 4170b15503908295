const KEY = "earshot.token";
const listeners = new Set<() => void>();

/** The bearer token of this browser tab; it ends with the tab. */
export function readToken(): string | null {
  return sessionStorage.getItem(KEY);
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token);
  notify();
}

/** Ends the login; whatever else this tab kept was the user's too. */
export function forgetToken(): void {
  sessionStorage.clear();
  notify();
}

/** Calls back whenever the token changes; for useSyncExternalStore. */
export function onTokenChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function notify(): void {
  for (const listener of listeners) listener();
}
