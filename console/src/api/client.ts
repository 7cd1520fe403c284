// The one way to the API: typed by its OpenAPI document, with the key of this browser, a time limit, and errors as `ApiError`.
import createClient from "openapi-fetch";
import { ApiError, problemOf, Unreachable } from "./error";
import { keyNeeded, readKey } from "./key";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

export const BASE = "/api";
export const TIME_LIMIT_MS = 10_000;

/** As `send`, and raises Unreachable when nobody answers within 10 seconds. */
export function ask(request: Request): Promise<Response> {
  return send(request, AbortSignal.any([request.signal, AbortSignal.timeout(TIME_LIMIT_MS)]));
}

/** Adds the key; raises Unreachable when nobody answers, ApiError for whatever is not 2xx. */
export async function send(request: Request, signal: AbortSignal): Promise<Response> {
  const key = readKey();
  if (key) request.headers.set("Authorization", `Bearer ${key}`);
  let response: Response;
  try {
    response = await fetch(request, { signal });
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new Unreachable(
      signal.aborted ? "The API did not answer within 10 seconds." : "The API does not answer.",
    );
  }
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (response.status === 401) keyNeeded();
  throw problem;
}

export const api = createClient<paths>({ baseUrl: BASE, fetch: ask });

/** The body of an answer: `await body(api.GET("/runs/{run_id}", …))`. Errors have been raised by `ask` before. */
export async function body<T>(answer: Promise<{ data?: T; response: Response }>): Promise<T> {
  const { data, response } = await answer;
  if (data === undefined) throw new ApiError(response.status, { title: "The API answered nothing." });
  return data;
}
