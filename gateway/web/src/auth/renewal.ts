import { addressOf } from "@/api/address";
import { noteReached } from "@/api/connection";
import { problemOf } from "@/api/problem";
import { forgetLogin, keepLogin, readLogin } from "@/auth/kept-login";
import { REVOKE_PATH, TOKEN_PATH, type TokenAnswer, isDue, loginOf } from "@/auth/token-answer";

const LOCK = "earshot.renewal";
const TOO_MANY = 429;
/** What one tab keeps is seen by another one a moment after its lock is. */
const STORAGE_ARRIVES_MS = 50;

/** A token that is good for the next call, renewed where it is about to end; null without a login. Throws as `renewed`. */
export async function accessToken(): Promise<string | null> {
  const login = readLogin();
  if (login === null || !isDue(login, Date.now())) return login?.accessToken ?? null;
  try {
    return await renewed(login.accessToken);
  } catch (error) {
    if (login.expiresAt <= Date.now()) throw error;
    return login.accessToken;
  }
}

/**
 * The token after the given one. Tabs take turns, because a refresh token that comes again after some seconds ends its login:
 * whoever waited finds the new token there. Null where the login has ended, which is forgotten then. Throws where the server
 * is away or busy: it has not judged the login, which is kept.
 */
export async function renewed(spent: string): Promise<string | null> {
  return takingTurns(async () => {
    const login = readLogin();
    if (login === null || login.accessToken !== spent) return login?.accessToken ?? null;
    const answer = await askForToken({ grant_type: "refresh_token", refresh_token: login.refreshToken });
    if (answer.ok) {
      const next = loginOf(login.id, (await answer.json()) as TokenAnswer, Date.now());
      keepLogin(next);
      return next.accessToken;
    }
    if (answer.status >= 500 || answer.status === TOO_MANY) throw await problemOf(answer);
    forgetLogin();
    return null;
  });
}

/** Ends the login here and at the server, so that its refresh token is worth nothing any more. */
export async function logOut(): Promise<void> {
  await takingTurns(async () => {
    const login = readLogin();
    if (login === null) return;
    // The page forgets even where the server cannot be told; the refresh token is then gone with it.
    const body = new URLSearchParams({ token: login.refreshToken });
    await fetch(addressOf(REVOKE_PATH), { method: "POST", body }).catch(() => undefined);
    forgetLogin();
  });
}

export async function askForToken(fields: Record<string, string>): Promise<Response> {
  try {
    return await fetch(addressOf(TOKEN_PATH), { method: "POST", body: new URLSearchParams(fields) });
  } catch (error) {
    noteReached(false);
    throw error;
  }
}

/** Browsers offer locks to secure origins alone: HTTPS, which the gateway asks for in production, and localhost. */
async function takingTurns<T>(work: () => Promise<T>): Promise<T> {
  if (!("locks" in navigator)) return work();
  const first = await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) =>
    lock === null ? null : { done: await work() },
  );
  if (first !== null) return first.done;
  return navigator.locks.request(LOCK, async () => {
    await new Promise((arrived) => setTimeout(arrived, STORAGE_ARRIVES_MS));
    return work();
  }) as Promise<T>;
}
