import createClient, { type Middleware } from "openapi-fetch";

import { addressOf } from "@/api/address";
import { authorizedFetch } from "@/api/authorized-fetch";
import { problemOf } from "@/api/problem";
import type { paths } from "@/api/schema";

export { ApiProblem, problemOf } from "@/api/problem";

const refusals: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
    return response;
  },
};

export const api = createClient<paths>({ baseUrl: addressOf("/"), fetch: authorizedFetch });
api.use(refusals);

/** The data of an answer; failures were thrown before. */
export function dataOf<T>(answer: { data?: T }): T {
  if (answer.data === undefined) throw new Error("The server sent an empty answer.");
  return answer.data;
}
