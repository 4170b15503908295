const KEY = "earshot.login";
const listeners = new Set<() => void>();

/** A login of this browser, shared by its tabs. */
export interface KeptLogin {
  /** Names the login through all renewals; another id is another login, perhaps of somebody else. */
  id: string;
  accessToken: string;
  /** Works once; each renewal brings the next. */
  refreshToken: string;
  /** By this machine's clock, in milliseconds since 1970. */
  expiresAt: number;
  lifetimeSeconds: number;
}

export function readLogin(): KeptLogin | null {
  const kept = localStorage.getItem(KEY);
  return kept === null ? null : (JSON.parse(kept) as KeptLogin);
}

/** The id of the login in force; a value that useSyncExternalStore can compare. */
export function loginId(): string | null {
  return readLogin()?.id ?? null;
}

export function keepLogin(login: KeptLogin): void {
  localStorage.setItem(KEY, JSON.stringify(login));
  notify();
}

/** Ends the login in every tab of this browser. */
export function forgetLogin(): void {
  localStorage.removeItem(KEY);
  notify();
}

/** Calls back whenever the login changes, in this tab or another one. */
export function onLoginChange(listener: () => void): () => void {
  const heard = ({ key }: StorageEvent) => {
    if (key === KEY || key === null) listener();
  };
  listeners.add(listener);
  window.addEventListener("storage", heard);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", heard);
  };
}

function notify(): void {
  for (const listener of listeners) listener();
}
