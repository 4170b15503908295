import type { KeptLogin } from "@/auth/kept-login";

/** What the token endpoint answers, as far as the page reads it. */
export interface TokenAnswer {
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

export const TOKEN_PATH = "/api/v1/auth/token";
export const REVOKE_PATH = "/api/v1/auth/revoke";

/** A renewal is due when this much of a token's life is left, at most; a running answer must not outlive its token. */
const MARGIN_SECONDS = 150;

export function loginOf(id: string, answer: TokenAnswer, now: number): KeptLogin {
  return {
    id,
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    expiresAt: now + answer.expires_in * 1000,
    lifetimeSeconds: answer.expires_in,
  };
}

/** Whether a token should be renewed before it is used again: in the last third of a short life, the last minutes of a long one. */
export function isDue(login: KeptLogin, now: number): boolean {
  const margin = Math.min(MARGIN_SECONDS, login.lifetimeSeconds / 3);
  return login.expiresAt - now < margin * 1000;
}
