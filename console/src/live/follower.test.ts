// Following a run by streams and by asking, whatever comes in, and whatever does not.
import { describe, expect, test, vi } from "vitest";
import { keepKey } from "@/api/key";
import { event, events, page, problem } from "./fake_api";
import { aNewWorldForEach, follow, numbers, pass, surroundings, upTo, world } from "./fake_browser";
import { Follower, MOST_STREAM_FAILURES, POLL_MS } from "./follower";
import { SILENCE_MS } from "./stream";

aNewWorldForEach();

describe("a stream", () => {
  test("begins after what is there, and brings what happens", async () => {
    world.fake.events = events(1, 3);
    const follower = await follow();
    expect(world.fake.asked.map((each) => [each.isStream, each.since])).toEqual([
      [false, 0],
      [true, 3],
    ]);
    expect(follower.read()).toMatchObject({ transport: "live", total: 3, isCaughtUp: true });
    world.fake.happen(event(4), event(5));
    await pass();
    expect(numbers(follower)).toEqual(upTo(5));
  });

  test("ends with the run, once a page has come back empty", async () => {
    world.fake.events = events(1, 2);
    const follower = await follow();
    world.fake.happen(event(3, "RUN_COMPLETED"));
    await pass();
    expect(follower.read().transport).toBe("live");
    world.fake.streams[0]?.end();
    await pass();
    expect(follower.read().transport).toBe("ended");
    expect(world.fake.asked.at(-1)).toMatchObject({ isStream: false, since: 3 });
    const before = world.fake.asked.length;
    await pass(120_000);
    expect(world.fake.asked).toHaveLength(before);
    expect(world.slots).toBe(3);
  });

  test("that breaks is opened again after the last event, without loss and without doubles", async () => {
    world.fake.events = events(1, 2);
    const follower = await follow();
    world.fake.happen(event(3));
    await pass();
    world.fake.streams[0]?.breakOff();
    world.fake.happen(event(4));
    await pass(1_000);
    expect(world.fake.streams).toHaveLength(2);
    expect(world.fake.asked.at(-1)).toMatchObject({ isStream: true, since: 4 });
    world.fake.streams[1]?.send(event(3), event(4), event(5), event(5));
    await pass();
    expect(numbers(follower)).toEqual(upTo(5));
  });

  test("that leaves an event out is not believed: the gap is filled by asking", async () => {
    world.fake.events = events(1, 2);
    const follower = await follow();
    world.fake.events = events(1, 4);
    world.fake.streams[0]?.send(event(4));
    await pass();
    expect(numbers(follower)).toEqual(upTo(2));
    await pass(1_000);
    expect(numbers(follower)).toEqual(upTo(4));
  });

  test("that falls silent is given up", async () => {
    world.fake.events = events(1, 1);
    const follower = await follow();
    await pass(SILENCE_MS - 1);
    expect(world.fake.streams[0]?.isOpen).toBe(true);
    await pass(1);
    expect(world.fake.streams[0]?.isOpen).toBe(false);
    await pass(1_000);
    expect(world.fake.streams).toHaveLength(2);
    expect(follower.read().transport).toBe("live");
  });

  test("that pings is not silent", async () => {
    world.fake.events = events(1, 1);
    await follow();
    for (let ping = 0; ping < 6; ping += 1) {
      await pass(15_000);
      world.fake.streams[0]?.ping();
    }
    await pass();
    expect(world.fake.streams).toHaveLength(1);
    expect(world.fake.streams[0]?.isOpen).toBe(true);
  });

  test("cut in the middle of a letter is put together", async () => {
    world.fake.events = events(1, 1);
    const follower = await follow();
    const bytes = new TextEncoder().encode(
      `data: ${JSON.stringify(event(2, "LOG", { message: "größer" }))}\n\n`,
    );
    const controller = world.fake.streams[0];
    for (const byte of bytes) controller?.writeBytes(Uint8Array.of(byte));
    await pass();
    expect(follower.read().events[1]?.payload).toEqual({ message: "größer" });
  });

  test("carries the key in its header", async () => {
    keepKey("secret", false);
    world.fake.events = events(1, 1);
    await follow();
    expect(world.fake.asked.every((each) => each.headers.get("Authorization") === "Bearer secret")).toBe(
      true,
    );
    expect(world.fake.asked.some((each) => each.isStream)).toBe(true);
    sessionStorage.clear();
  });
});

describe("without a stream", () => {
  test("three failures lead to asking again and again", async () => {
    world.fake.events = events(1, 1);
    world.fake.stream = () => problem(503, "no place");
    const follower = await follow();
    await pass(10_000);
    expect(world.fake.asked.filter((each) => each.isStream)).toHaveLength(MOST_STREAM_FAILURES);
    expect(follower.read()).toMatchObject({ transport: "polling", error: null });
    world.fake.happen(event(2));
    await pass(POLL_MS);
    expect(numbers(follower)).toEqual(upTo(2));
  });

  test("streams that end at once count as failures, and one that spoke forgives those before", async () => {
    world.fake.events = events(1, 1);
    let opened = 0;
    world.fake.stream = () => {
      opened += 1;
      const answer = world.fake.openStream();
      if (opened === 2) world.fake.streams.at(-1)?.ping();
      world.fake.streams.at(-1)?.end();
      return answer;
    };
    const follower = await follow();
    await pass(30_000);
    expect(opened).toBe(2 + MOST_STREAM_FAILURES);
    expect(follower.read().transport).toBe("polling");
  });

  test("a tab without a slot asks, and takes the slot once it is free", async () => {
    world.slots = 0;
    world.fake.events = events(1, 1);
    const follower = await follow();
    expect(follower.read().transport).toBe("polling");
    expect(world.fake.streams).toHaveLength(0);
    world.slots = 1;
    await pass(POLL_MS);
    expect(follower.read().transport).toBe("live");
  });

  test("what has ended is not asked again, but only after an empty page", async () => {
    world.slots = 0;
    world.fake.events = [...events(1, 2), event(3, "RUN_FAILED")];
    const follower = await follow();
    expect(world.fake.pages.map((each) => each.since)).toEqual([0, 3]);
    expect(follower.read().transport).toBe("ended");
    await pass(60_000);
    expect(world.fake.pages).toHaveLength(2);
  });

  test("a run that was retried while its last page was asked for goes on", async () => {
    world.slots = 0;
    world.fake.events = [event(1), event(2, "RUN_FAILED")];
    const answer = world.fake.page;
    world.fake.page = (asked) => {
      if (asked.since === 2) world.fake.events = [event(1), event(2, "RUN_FAILED"), event(3, "RUN_RETRIED")];
      return answer(asked);
    };
    const follower = await follow();
    expect(follower.read().transport).toBe("polling");
    expect(numbers(follower)).toEqual(upTo(3));
  });

  test("ten thousand events are read page by page without a pause, and told once a frame", async () => {
    world.slots = 0;
    world.fake.events = events(1, 10_000);
    let told = 0;
    const follower = new Follower(1, surroundings);
    follower.subscribe(() => {
      told += 1;
    });
    follower.resume();
    for (let turn = 0; turn < 300; turn += 1) await vi.advanceTimersByTimeAsync(0);
    expect(told).toBe(0);
    expect(world.frames).toHaveLength(1);
    await pass();
    expect(told).toBe(1);
    expect(world.fake.pages).toHaveLength(20);
    expect(numbers(follower)).toEqual(upTo(10_000));
    expect(follower.read().events).toBe(follower.read().events);
  });
});

describe("a stale answer", () => {
  test("is ignored when a newer one came first", async () => {
    world.slots = 0;
    let late: (response: Response) => void = () => {};
    world.fake.page = () => new Promise((resolve) => (late = resolve));
    vi.stubGlobal("fetch", (request: Request) => {
      const deaf = new AbortController(); // an answer that was on its way comes although it is not wanted any more
      return world.fake.fetch(request, { signal: deaf.signal });
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
    world.fake.events = events(1, 1);
    const follower = await follow();
    follower.pause();
    world.fake.streams[0]?.send(event(2));
    await pass();
    expect(numbers(follower)).toEqual([1]);
    expect(follower.read().transport).toBe("paused");
  });
});

describe("pages that are wrong", () => {
  test("a gap is not shown, said, and asked for again", async () => {
    world.slots = 0;
    world.fake.page = () => page([event(1), event(3)], 3);
    const follower = await follow();
    expect(numbers(follower)).toEqual([1]);
    expect(follower.read().error).toMatchObject({ message: "Event 2 is missing: 3 came after 1." });
    world.fake.events = events(1, 3);
    world.fake.page = ({ since }) => page(world.fake.events.slice(since), 3);
    await pass(1_000);
    expect(numbers(follower)).toEqual(upTo(3));
    expect(follower.read().error).toBeNull();
  });

  test("an empty page that promises more does not make it ask without a pause", async () => {
    world.slots = 0;
    world.fake.page = () => page([], 7);
    const follower = await follow();
    expect(world.fake.pages).toHaveLength(1);
    expect(follower.read().transport).toBe("offline");
    await pass(1_000);
    expect(world.fake.pages).toHaveLength(2);
  });

  test("fewer events than are known mean another database: it begins anew", async () => {
    world.slots = 0;
    world.fake.events = events(1, 9);
    const follower = await follow();
    world.fake.events = [event(1, "RUN_CREATED"), event(2)];
    await pass(POLL_MS);
    expect(follower.read().events.map((each) => each.event_type)).toEqual(["RUN_CREATED", "LOG"]);
  });
});
