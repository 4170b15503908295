import type { Problem } from "@/api/types";
import { forgetLogin } from "@/auth/kept-login";

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

/** The problem of a failed response. A login that is no longer good is forgotten, which shows the form for a new one. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  if (response.status === 401) forgetLogin();
  const body: unknown = await response.json().catch(() => ({}));
  return new ApiProblem(typeof body === "object" && body !== null ? body : {}, response.status);
}
