// For tests: the API at the network's edge. It answers pages and streams of one run from a list of events, or as a test says.
import type { RunEvent } from "@/api/queries";

export const event = (event_id: number, event_type = "LOG", payload: RunEvent["payload"] = {}): RunEvent => ({
  event_id,
  run_id: 1,
  timestamp: "2026-11-20T21:00:00.000000Z",
  agent_role: null,
  event_type,
  payload,
});

export const events = (first: number, last: number): RunEvent[] =>
  Array.from({ length: last - first + 1 }, (_, index) => event(first + index));

export interface Asked {
  isStream: boolean;
  since: number;
  signal: AbortSignal;
  headers: Headers;
}

type Answer = (asked: Asked) => Response | Promise<Response>;

export class FakeApi {
  events: RunEvent[] = [];
  readonly asked: Asked[] = [];
  readonly streams: FakeStream[] = [];
  page: Answer = ({ since }) =>
    page(this.events.filter((each) => each.event_id > since).slice(0, 500), this.events.length);
  stream: Answer = () => this.openStream();

  readonly fetch = async (request: Request, options?: RequestInit): Promise<Response> => {
    const url = new URL(request.url, "http://console.test");
    const asked = {
      isStream: url.pathname.endsWith("/stream"),
      since: Number(url.searchParams.get("since_event_id")),
      signal: options?.signal ?? request.signal,
      headers: request.headers,
    };
    this.asked.push(asked);
    const aborted = new Promise<never>((_, reject) => {
      asked.signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    });
    aborted.catch(() => {});
    return Promise.race([aborted, asked.isStream ? this.stream(asked) : this.page(asked)]);
  };

  get pages(): Asked[] {
    return this.asked.filter((each) => !each.isStream);
  }

  openStream(): Response {
    const stream = new FakeStream();
    this.streams.push(stream);
    return stream.response;
  }

  /** A new event, in the list and in every open stream. */
  happen(...happened: RunEvent[]): void {
    this.events.push(...happened);
    for (const stream of this.streams) stream.send(...happened);
  }
}

export class FakeStream {
  readonly response: Response;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  isOpen = true;

  constructor() {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.isOpen = false;
      },
    });
    this.response = new Response(body, { headers: { "Content-Type": "text/event-stream" } });
    this.write("retry: 1000\n\n");
  }

  write(text: string): void {
    this.writeBytes(new TextEncoder().encode(text));
  }

  writeBytes(bytes: Uint8Array): void {
    if (this.isOpen) this.#controller.enqueue(bytes);
  }

  send(...sent: RunEvent[]): void {
    for (const each of sent) this.write(`id: ${each.event_id}\ndata: ${JSON.stringify(each)}\n\n`);
  }

  ping(): void {
    this.write("event: ping\ndata: {}\n\n");
  }

  end(): void {
    if (this.isOpen) this.#controller.close();
    this.isOpen = false;
  }

  breakOff(): void {
    if (this.isOpen) this.#controller.error(new TypeError("network error"));
    this.isOpen = false;
  }
}

export const page = (listed: RunEvent[], total: number): Response => json(200, { events: listed, total });

export const problem = (status: number, detail: string, headers: Record<string, string> = {}): Response =>
  json(status, { title: "No", detail }, headers);

const json = (status: number, content: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(content), {
    status,
    headers: { "Content-Type": "application/json", ...headers },
  });
