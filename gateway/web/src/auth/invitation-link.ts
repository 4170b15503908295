export const REGISTER_PATH = "/app/register";

/** The address that an invitation is sent as. The part after the mark stays in the browser: no server ever logs it. */
export function invitationLink(origin: string, token: string): string {
  return `${origin}${REGISTER_PATH}#${new URLSearchParams({ invitation: token }).toString()}`;
}

/** The invitation in an address's hash; empty where there is none. */
export function invitationOf(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, "")).get("invitation") ?? "";
}
