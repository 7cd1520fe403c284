// Following a run under everything that networks, servers and browsers do to it.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { isKeyNeeded, keepKey } from "@/api/key";
import { backoff } from "./backoff";
import { event, events, FakeApi, page, problem } from "./fake_api";
import { Follower, MOST_STREAM_FAILURES, POLL_MS, type Surroundings } from "./follower";
import { SILENCE_MS } from "./stream";

let fake: FakeApi;
let slots: number;
let frames: (() => void)[];

const surroundings: Surroundings = {
  takeSlot: async () => {
    if (slots === 0) return null;
    slots -= 1;
    return () => {
      slots += 1;
    };
  },
  soon: (tell) => void frames.push(tell),
  random: () => 0,
};

beforeEach(() => {
  vi.useFakeTimers();
  fake = new FakeApi();
  slots = 3;
  frames = [];
  vi.stubGlobal("fetch", fake.fetch);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Lets everything happen that needs no time, or less than `ms`. */
async function pass(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  for (let turn = 0; turn < 20; turn += 1) await vi.advanceTimersByTimeAsync(0);
  for (const tell of frames.splice(0)) tell();
}

async function follow(): Promise<Follower> {
  const follower = new Follower(1, surroundings);
  follower.resume();
  await pass();
  return follower;
}

const numbers = (follower: Follower) => follower.read().events.map((each) => each.event_id);
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe("a stream", () => {
  test("begins after what is there, and brings what happens", async () => {
    fake.events = events(1, 3);
    const follower = await follow();
    expect(fake.asked.map((each) => [each.isStream, each.since])).toEqual([
      [false, 0],
      [true, 3],
    ]);
    expect(follower.read()).toMatchObject({ transport: "live", total: 3, isCaughtUp: true });
    fake.happen(event(4), event(5));
    await pass();
    expect(numbers(follower)).toEqual(upTo(5));
  });

  test("ends with the run, once a page has come back empty", async () => {
    fake.events = events(1, 2);
    const follower = await follow();
    fake.happen(event(3, "RUN_COMPLETED"));
    await pass();
    expect(follower.read().transport).toBe("live");
    fake.streams[0]?.end();
    await pass();
    expect(follower.read().transport).toBe("ended");
    expect(fake.asked.at(-1)).toMatchObject({ isStream: false, since: 3 });
    const before = fake.asked.length;
    await pass(120_000);
    expect(fake.asked).toHaveLength(before);
    expect(slots).toBe(3);
  });

  test("that breaks is opened again after the last event, without loss and without doubles", async () => {
    fake.events = events(1, 2);
    const follower = await follow();
    fake.happen(event(3));
    await pass();
    fake.streams[0]?.breakOff();
    fake.happen(event(4));
    await pass(1_000);
    expect(fake.streams).toHaveLength(2);
    expect(fake.asked.at(-1)).toMatchObject({ isStream: true, since: 4 });
    fake.streams[1]?.send(event(3), event(4), event(5), event(5));
    await pass();
    expect(numbers(follower)).toEqual(upTo(5));
  });

  test("that leaves an event out is not believed: the gap is filled by asking", async () => {
    fake.events = events(1, 2);
    const follower = await follow();
    fake.events = events(1, 4);
    fake.streams[0]?.send(event(4));
    await pass();
    expect(numbers(follower)).toEqual(upTo(2));
    await pass(1_000);
    expect(numbers(follower)).toEqual(upTo(4));
  });

  test("that falls silent is given up", async () => {
    fake.events = events(1, 1);
    const follower = await follow();
    await pass(SILENCE_MS - 1);
    expect(fake.streams[0]?.isOpen).toBe(true);
    await pass(1);
    expect(fake.streams[0]?.isOpen).toBe(false);
    await pass(1_000);
    expect(fake.streams).toHaveLength(2);
    expect(follower.read().transport).toBe("live");
  });

  test("that pings is not silent", async () => {
    fake.events = events(1, 1);
    await follow();
    for (let ping = 0; ping < 6; ping += 1) {
      await pass(15_000);
      fake.streams[0]?.ping();
    }
    await pass();
    expect(fake.streams).toHaveLength(1);
    expect(fake.streams[0]?.isOpen).toBe(true);
  });

  test("cut in the middle of a letter is put together", async () => {
    fake.events = events(1, 1);
    const follower = await follow();
    const bytes = new TextEncoder().encode(
      `data: ${JSON.stringify(event(2, "LOG", { message: "größer" }))}\n\n`,
    );
    const controller = fake.streams[0];
    for (const byte of bytes) controller?.writeBytes(Uint8Array.of(byte));
    await pass();
    expect(follower.read().events[1]?.payload).toEqual({ message: "größer" });
  });

  test("carries the key in its header", async () => {
    keepKey("secret", false);
    fake.events = events(1, 1);
    await follow();
    expect(fake.asked.every((each) => each.headers.get("Authorization") === "Bearer secret")).toBe(true);
    expect(fake.asked.some((each) => each.isStream)).toBe(true);
    sessionStorage.clear();
  });
});

describe("without a stream", () => {
  test("three failures lead to asking again and again", async () => {
    fake.events = events(1, 1);
    fake.stream = () => problem(503, "no place");
    const follower = await follow();
    await pass(10_000);
    expect(fake.asked.filter((each) => each.isStream)).toHaveLength(MOST_STREAM_FAILURES);
    expect(follower.read()).toMatchObject({ transport: "polling", error: null });
    fake.happen(event(2));
    await pass(POLL_MS);
    expect(numbers(follower)).toEqual(upTo(2));
  });

  test("streams that end at once count as failures, and one that spoke forgives those before", async () => {
    fake.events = events(1, 1);
    let opened = 0;
    fake.stream = () => {
      opened += 1;
      const answer = fake.openStream();
      if (opened === 2) fake.streams.at(-1)?.ping();
      fake.streams.at(-1)?.end();
      return answer;
    };
    const follower = await follow();
    await pass(30_000);
    expect(opened).toBe(2 + MOST_STREAM_FAILURES);
    expect(follower.read().transport).toBe("polling");
  });

  test("a tab without a slot asks, and takes the slot once it is free", async () => {
    slots = 0;
    fake.events = events(1, 1);
    const follower = await follow();
    expect(follower.read().transport).toBe("polling");
    expect(fake.streams).toHaveLength(0);
    slots = 1;
    await pass(POLL_MS);
    expect(follower.read().transport).toBe("live");
  });

  test("what has ended is not asked again, but only after an empty page", async () => {
    slots = 0;
    fake.events = [...events(1, 2), event(3, "RUN_FAILED")];
    const follower = await follow();
    expect(fake.pages.map((each) => each.since)).toEqual([0, 3]);
    expect(follower.read().transport).toBe("ended");
    await pass(60_000);
    expect(fake.pages).toHaveLength(2);
  });

  test("a run that was retried while its last page was asked for goes on", async () => {
    slots = 0;
    fake.events = [event(1), event(2, "RUN_FAILED")];
    const answer = fake.page;
    fake.page = (asked) => {
      if (asked.since === 2) fake.events = [event(1), event(2, "RUN_FAILED"), event(3, "RUN_RETRIED")];
      return answer(asked);
    };
    const follower = await follow();
    expect(follower.read().transport).toBe("polling");
    expect(numbers(follower)).toEqual(upTo(3));
  });

  test("ten thousand events are read page by page without a pause, and told once a frame", async () => {
    slots = 0;
    fake.events = events(1, 10_000);
    let told = 0;
    const follower = new Follower(1, surroundings);
    follower.subscribe(() => {
      told += 1;
    });
    follower.resume();
    for (let turn = 0; turn < 300; turn += 1) await vi.advanceTimersByTimeAsync(0);
    expect(told).toBe(0);
    expect(frames).toHaveLength(1);
    await pass();
    expect(told).toBe(1);
    expect(fake.pages).toHaveLength(20);
    expect(numbers(follower)).toEqual(upTo(10_000));
    expect(follower.read().events).toBe(follower.read().events);
  });
});

describe("a stale answer", () => {
  test("is ignored when a newer one came first", async () => {
    slots = 0;
    let late: (response: Response) => void = () => {};
    fake.page = () => new Promise((resolve) => (late = resolve));
    vi.stubGlobal("fetch", (request: Request) => {
      const deaf = new AbortController(); // an answer that was on its way comes although it is not wanted any more
      return fake.fetch(request, { signal: deaf.signal });
    });
    const follower = await follow();
    const stale = late;
    follower.pause();
    follower.resume();
    await pass();
    late(page(events(1, 5), 5));
    await pass();
    stale(page(events(1, 2), 2));
    await pass();
    expect(numbers(follower)).toEqual(upTo(5));
    expect(follower.read()).toMatchObject({ total: 5, transport: "polling" });
  });

  test("of a stream that was left cannot add anything", async () => {
    fake.events = events(1, 1);
    const follower = await follow();
    follower.pause();
    fake.streams[0]?.send(event(2));
    await pass();
    expect(numbers(follower)).toEqual([1]);
    expect(follower.read().transport).toBe("paused");
  });
});

describe("pages that are wrong", () => {
  test("a gap is not shown, said, and asked for again", async () => {
    slots = 0;
    fake.page = () => page([event(1), event(3)], 3);
    const follower = await follow();
    expect(numbers(follower)).toEqual([1]);
    expect(follower.read().error).toMatchObject({ message: "Event 2 is missing: 3 came after 1." });
    fake.events = events(1, 3);
    fake.page = ({ since }) => page(fake.events.slice(since), 3);
    await pass(1_000);
    expect(numbers(follower)).toEqual(upTo(3));
    expect(follower.read().error).toBeNull();
  });

  test("an empty page that promises more does not make it ask without a pause", async () => {
    slots = 0;
    fake.page = () => page([], 7);
    const follower = await follow();
    expect(fake.pages).toHaveLength(1);
    expect(follower.read().transport).toBe("offline");
    await pass(1_000);
    expect(fake.pages).toHaveLength(2);
  });

  test("fewer events than are known mean another database: it begins anew", async () => {
    slots = 0;
    fake.events = events(1, 9);
    const follower = await follow();
    fake.events = [event(1, "RUN_CREATED"), event(2)];
    await pass(POLL_MS);
    expect(follower.read().events.map((each) => each.event_type)).toEqual(["RUN_CREATED", "LOG"]);
  });
});

describe("refusals", () => {
  test("without a key it waits for one", async () => {
    fake.page = () => problem(401, "this API wants a key");
    const follower = await follow();
    expect(follower.read()).toMatchObject({ transport: "offline", error: { status: 401 } });
    expect(isKeyNeeded()).toBe(true);
    await pass(120_000);
    expect(fake.asked).toHaveLength(1);
    fake.page = () => page(events(1, 1), 1);
    follower.resume();
    await pass();
    expect(follower.read()).toMatchObject({ transport: "live", error: null });
  });

  test("a run that does not exist is asked for once", async () => {
    fake.page = () => problem(404, "run 1 does not exist");
    const follower = await follow();
    await pass(120_000);
    expect(fake.asked).toHaveLength(1);
    expect(follower.read().error).toMatchObject({ message: "run 1 does not exist" });
  });

  test("Retry-After is obeyed", async () => {
    fake.page = () => problem(429, "too many requests", { "Retry-After": "17" });
    await follow();
    await pass(16_999);
    expect(fake.asked).toHaveLength(1);
    await pass(1);
    expect(fake.asked).toHaveLength(2);
  });

  test("an API that is down is asked ever more rarely, up to thirty seconds, and what is known stays", async () => {
    slots = 0;
    fake.events = events(1, 2);
    const follower = await follow();
    const before = fake.asked.length;
    fake.page = () => Promise.reject(new TypeError("Failed to fetch"));
    await pass(POLL_MS);
    expect(follower.read()).toMatchObject({ transport: "offline", total: 2 });
    expect(numbers(follower)).toEqual(upTo(2));
    const delays = [1, 2, 4, 8, 16, 30, 30];
    for (const [index, seconds] of delays.entries()) {
      await pass(seconds * 1000 - 1);
      expect(fake.asked).toHaveLength(before + 1 + index);
      await pass(1);
      expect(fake.asked).toHaveLength(before + 2 + index);
    }
    fake.page = () => page([], 2);
    await pass(30_000);
    expect(follower.read()).toMatchObject({ transport: "polling", error: null });
  });

  test("503 passes", async () => {
    fake.page = () => problem(503, "the database is locked", { "Retry-After": "1" });
    const follower = await follow();
    fake.page = () => page(events(1, 1), 1);
    await pass(1_000);
    expect(follower.read()).toMatchObject({ transport: "live", error: null });
  });
});

describe("a hidden tab", () => {
  test("asks nothing, gives its slot back, and catches up when it is seen", async () => {
    fake.events = events(1, 1);
    const follower = await follow();
    expect(slots).toBe(2);
    follower.pause();
    await pass();
    expect(slots).toBe(3);
    const before = fake.asked.length;
    fake.happen(...events(2, 600));
    await pass(600_000);
    expect(fake.asked).toHaveLength(before);
    expect(follower.read().transport).toBe("paused");
    follower.resume();
    await pass();
    expect(numbers(follower)).toEqual(upTo(600));
    expect(follower.read().transport).toBe("live");
  });

  test("a run that had ended is not asked for again, until somebody says that it goes on", async () => {
    fake.events = [event(1), event(2, "RUN_CANCELLED")];
    const follower = await follow();
    const before = fake.asked.length;
    follower.pause();
    follower.resume();
    await pass();
    expect(follower.read().transport).toBe("ended");
    expect(fake.asked).toHaveLength(before);
    fake.events.push(event(3, "RUN_RETRIED"));
    follower.wakeIfEnded();
    await pass();
    expect(numbers(follower)).toEqual(upTo(3));
    expect(follower.read().transport).toBe("live");
  });

  test("being woken while at work does not begin anew", async () => {
    fake.events = events(1, 1);
    const follower = await follow();
    const before = fake.asked.length;
    follower.wakeIfEnded();
    await pass();
    expect(fake.asked).toHaveLength(before);
  });
});

describe("beginning anew", () => {
  test("leaves what was begun before: one stream, one tab", async () => {
    fake.events = events(1, 1);
    const follower = await follow();
    follower.resume();
    await pass();
    expect(fake.streams.map((each) => each.isOpen)).toEqual([false, true]);
    expect(slots).toBe(2);
  });

  test("gives streams another chance", async () => {
    fake.events = events(1, 1);
    fake.stream = () => problem(503, "no place");
    const follower = await follow();
    await pass(10_000);
    expect(follower.read().transport).toBe("polling");
    fake.stream = () => fake.openStream();
    follower.resume();
    await pass();
    expect(follower.read().transport).toBe("live");
  });

  test("a stream that never begins is given up after ten seconds", async () => {
    fake.events = events(1, 1);
    fake.stream = () => new Promise(() => {});
    await follow();
    await pass(9_999);
    expect(fake.asked.at(-1)?.signal.aborted).toBe(false);
    await pass(1);
    expect(fake.asked.find((each) => each.isStream)?.signal.aborted).toBe(true);
    await pass(1_000);
    expect(fake.asked.filter((each) => each.isStream)).toHaveLength(2);
  });

  test("an answer forgives the failures before it", async () => {
    slots = 0;
    fake.page = () => problem(503, "busy");
    await follow();
    await pass(1_000);
    await pass(2_000);
    fake.page = () => page([], 0);
    await pass(4_000);
    fake.page = () => problem(503, "busy");
    await pass(POLL_MS);
    const before = fake.asked.length;
    await pass(1_000);
    expect(fake.asked).toHaveLength(before + 1);
  });
});

test("waiting is shortened by chance, by up to a half", () => {
  expect(backoff(1, null, () => 0)).toBe(1_000);
  expect(backoff(3, null, () => 1)).toBe(2_000);
});
