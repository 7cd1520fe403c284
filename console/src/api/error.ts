// What can go wrong between the console and the API, as sentences that a person can act on.

export interface Problem {
  title?: string;
  detail?: string;
  next_step?: string | null;
  request_id?: string;
}

/** The API refused; `message` is its sentence. */
export class ApiError extends Error {
  readonly status: number;
  readonly nextStep: string | null;
  readonly requestId: string | null;
  /** How long the API asks to be left alone. */
  readonly retryAfterMs: number | null;

  constructor(status: number, problem: Problem, retryAfterMs: number | null = null) {
    super(problem.detail ?? problem.title ?? `The API answered ${status}.`);
    this.name = "ApiError";
    this.status = status;
    this.nextStep = problem.next_step ?? null;
    this.requestId = problem.request_id ?? null;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Nobody answered, or only the console's own server did. */
export class Unreachable extends Error {
  readonly nextStep = "Look whether it runs: make status. What you see stays until it is back.";

  constructor(message: string) {
    super(message);
    this.name = "Unreachable";
  }
}

/** The console's server answers 502, 503 and 504 itself while the API is down. */
export async function problemOf(response: Response): Promise<ApiError | Unreachable> {
  const problem: Problem = await response.json().catch(() => ({}));
  if (response.status === 502 || response.status === 504) {
    return new Unreachable(problem.detail ?? "The API does not answer.");
  }
  const named = { ...problem, request_id: problem.request_id ?? response.headers.get("X-Request-Id") ?? "" };
  return new ApiError(response.status, named, retryAfterOf(response));
}

function retryAfterOf(response: Response): number | null {
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}

/** Whether trying again may help without anybody changing anything. */
export function isPassing(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof ApiError && [429, 503].includes(error.status));
}
