import createClient, { type Middleware } from "openapi-fetch";

import type { paths } from "@/api/schema";
import type { Problem } from "@/api/types";
import { forgetToken, readToken } from "@/auth/token";

/** A failure as the gateway told it: text, hint, and the id to quote. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly hint: string;
  readonly requestId: string;

  constructor(problem: Partial<Problem>, status: number) {
    super(problem.detail ?? `The server answered ${status}.`);
    this.name = "ApiProblem";
    this.status = status;
    this.hint = problem.hint ?? "";
    this.requestId = problem.request_id ?? "";
  }
}

/** The problem of a failed response. A token that is no longer good is forgotten, which shows the login. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  if (response.status === 401) forgetToken();
  const body: unknown = await response.json().catch(() => ({}));
  return new ApiProblem(typeof body === "object" && body !== null ? body : {}, response.status);
}

const authorized: Middleware = {
  onRequest({ request }) {
    const token = readToken();
    if (token) request.headers.set("Authorization", `Bearer ${token}`);
    return request;
  },
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
    return response;
  },
};

export const api = createClient<paths>({ baseUrl: "/" });
api.use(authorized);

/** The data of an answer; failures were thrown before. */
export function dataOf<T>(answer: { data?: T }): T {
  if (answer.data === undefined) throw new Error("The server sent an empty answer.");
  return answer.data;
}
