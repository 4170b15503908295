import { noteReached } from "@/api/connection";
import { accessToken, renewed } from "@/auth/renewal";

const UNAUTHORIZED = 401;

/** A request in the name of whoever is logged in. A token that is refused is renewed, and the request sent once more. */
export async function authorizedFetch(request: Request): Promise<Response> {
  // A body is read by sending it; its text can be sent twice.
  const body = await request.text();
  const token = await accessToken();
  const response = await send(request, body, token);
  if (response.status !== UNAUTHORIZED || token === null) return response;
  const next = await renewed(token);
  return next === null ? response : send(request, body, next);
}

async function send(request: Request, body: string, token: string | null): Promise<Response> {
  const sent = new Request(request, body === "" ? {} : { body });
  if (token !== null) sent.headers.set("Authorization", `Bearer ${token}`);
  try {
    const response = await fetch(sent);
    noteReached(true);
    return response;
  } catch (error) {
    if (!request.signal.aborted) noteReached(false);
    throw error;
  }
}
