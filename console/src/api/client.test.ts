// The one way to the API: the key, the errors, the time limit.
import { afterEach, expect, it, vi } from "vitest";
import { api, ask, body } from "./client";
import { ApiError, isPassing, Unreachable } from "./error";
import { forgetKey, isKeyNeeded, keepKey } from "./key";

const answer = (status: number, content: unknown) =>
  new Response(JSON.stringify(content), { status, headers: { "Content-Type": "application/json" } });
const request = () => new Request("http://localhost/api/runs");
const raised = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

afterEach(() => {
  forgetKey();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("sends the key of this tab", async () => {
  const sent: Request[] = [];
  vi.stubGlobal("fetch", async (asked: Request) => {
    sent.push(asked);
    return answer(200, {});
  });
  keepKey("secret", false);
  await ask(request());
  expect(sent.map((each) => each.headers.get("Authorization"))).toEqual(["Bearer secret"]);
});

it("raises the API's sentence with the next step and the number of the request", async () => {
  const problem = {
    title: "Conflict",
    detail: "run 7 is COMPLETED",
    next_step: "fork it",
    request_id: "abc",
  };
  vi.stubGlobal("fetch", async () => answer(409, problem));
  const error = await raised(ask(request()));
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    status: 409,
    message: "run 7 is COMPLETED",
    nextStep: "fork it",
    requestId: "abc",
  });
  expect(isPassing(error)).toBe(false);
});

it("asks for a key after 401", async () => {
  vi.stubGlobal("fetch", async () => answer(401, { detail: "this API wants one of its API_KEYS" }));
  await raised(ask(request()));
  expect(isKeyNeeded()).toBe(true);
  keepKey("another", false);
  expect(isKeyNeeded()).toBe(false);
});

it.each([502, 504])("takes %d of the console's server for an API that is down", async (status) => {
  vi.stubGlobal("fetch", async () => answer(status, { detail: "the API at … cannot be reached" }));
  const error = await raised(ask(request()));
  expect(error).toBeInstanceOf(Unreachable);
  expect(isPassing(error)).toBe(true);
});

it("gives up after 10 seconds of silence", async () => {
  const limit = new AbortController();
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    expect(ms).toBe(10_000);
    return limit.signal;
  });
  vi.stubGlobal(
    "fetch",
    (_: Request, { signal }: RequestInit) =>
      new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
  );
  const error = raised(ask(request()));
  limit.abort();
  expect(await error).toMatchObject({ message: "The API did not answer within 10 seconds." });
});

it("gives the body of an answer", async () => {
  vi.stubGlobal("fetch", async () => answer(200, { agents: [] }));
  expect(await body(api.GET("/agents", { baseUrl: "http://localhost/api" }))).toEqual({ agents: [] });
});
