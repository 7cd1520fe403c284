// Following a run that is refused, hidden, or begun anew.
import { describe, expect, test } from "vitest";
import { isKeyNeeded } from "@/api/key";
import { backoff } from "./backoff";
import { event, events, page, problem } from "./fake_api";
import { aNewWorldForEach, follow, numbers, pass, upTo, world } from "./fake_browser";
import { POLL_MS } from "./follower";

aNewWorldForEach();

describe("refusals", () => {
  test("without a key it waits for one", async () => {
    world.fake.page = () => problem(401, "this API wants a key");
    const follower = await follow();
    expect(follower.read()).toMatchObject({ transport: "offline", error: { status: 401 } });
    expect(isKeyNeeded()).toBe(true);
    await pass(120_000);
    expect(world.fake.asked).toHaveLength(1);
    world.fake.page = () => page(events(1, 1), 1);
    follower.resume();
    await pass();
    expect(follower.read()).toMatchObject({ transport: "live", error: null });
  });

  test("a run that does not exist is asked for once", async () => {
    world.fake.page = () => problem(404, "run 1 does not exist");
    const follower = await follow();
    await pass(120_000);
    expect(world.fake.asked).toHaveLength(1);
    expect(follower.read().error).toMatchObject({ message: "run 1 does not exist" });
  });

  test("Retry-After is obeyed", async () => {
    world.fake.page = () => problem(429, "too many requests", { "Retry-After": "17" });
    await follow();
    await pass(16_999);
    expect(world.fake.asked).toHaveLength(1);
    await pass(1);
    expect(world.fake.asked).toHaveLength(2);
  });

  test("an API that is down is asked ever more rarely, up to thirty seconds, and what is known stays", async () => {
    world.slots = 0;
    world.fake.events = events(1, 2);
    const follower = await follow();
    const before = world.fake.asked.length;
    world.fake.page = () => Promise.reject(new TypeError("Failed to fetch"));
    await pass(POLL_MS);
    expect(follower.read()).toMatchObject({ transport: "offline", total: 2 });
    expect(numbers(follower)).toEqual(upTo(2));
    const delays = [1, 2, 4, 8, 16, 30, 30];
    for (const [index, seconds] of delays.entries()) {
      await pass(seconds * 1000 - 1);
      expect(world.fake.asked).toHaveLength(before + 1 + index);
      await pass(1);
      expect(world.fake.asked).toHaveLength(before + 2 + index);
    }
    world.fake.page = () => page([], 2);
    await pass(30_000);
    expect(follower.read()).toMatchObject({ transport: "polling", error: null });
  });

  test("503 passes", async () => {
    world.fake.page = () => problem(503, "the database is locked", { "Retry-After": "1" });
    const follower = await follow();
    world.fake.page = () => page(events(1, 1), 1);
    await pass(1_000);
    expect(follower.read()).toMatchObject({ transport: "live", error: null });
  });
});

describe("a hidden tab", () => {
  test("asks nothing, gives its slot back, and catches up when it is seen", async () => {
    world.fake.events = events(1, 1);
    const follower = await follow();
    expect(world.slots).toBe(2);
    follower.pause();
    await pass();
    expect(world.slots).toBe(3);
    const before = world.fake.asked.length;
    world.fake.happen(...events(2, 600));
    await pass(600_000);
    expect(world.fake.asked).toHaveLength(before);
    expect(follower.read().transport).toBe("paused");
    follower.resume();
    await pass();
    expect(numbers(follower)).toEqual(upTo(600));
    expect(follower.read().transport).toBe("live");
  });

  test("a run that had ended is not asked for again, until somebody says that it goes on", async () => {
    world.fake.events = [event(1), event(2, "RUN_CANCELLED")];
    const follower = await follow();
    const before = world.fake.asked.length;
    follower.pause();
    follower.resume();
    await pass();
    expect(follower.read().transport).toBe("ended");
    expect(world.fake.asked).toHaveLength(before);
    world.fake.events.push(event(3, "RUN_RETRIED"));
    follower.wakeIfEnded();
    await pass();
    expect(numbers(follower)).toEqual(upTo(3));
    expect(follower.read().transport).toBe("live");
  });

  test("being woken while at work does not begin anew", async () => {
    world.fake.events = events(1, 1);
    const follower = await follow();
    const before = world.fake.asked.length;
    follower.wakeIfEnded();
    await pass();
    expect(world.fake.asked).toHaveLength(before);
  });
});

describe("beginning anew", () => {
  test("leaves what was begun before: one stream, one tab", async () => {
    world.fake.events = events(1, 1);
    const follower = await follow();
    follower.resume();
    await pass();
    expect(world.fake.streams.map((each) => each.isOpen)).toEqual([false, true]);
    expect(world.slots).toBe(2);
  });

  test("gives streams another chance", async () => {
    world.fake.events = events(1, 1);
    world.fake.stream = () => problem(503, "no place");
    const follower = await follow();
    await pass(10_000);
    expect(follower.read().transport).toBe("polling");
    world.fake.stream = () => world.fake.openStream();
    follower.resume();
    await pass();
    expect(follower.read().transport).toBe("live");
  });

  test("a stream that never begins is given up after ten seconds", async () => {
    world.fake.events = events(1, 1);
    world.fake.stream = () => new Promise(() => {});
    await follow();
    await pass(9_999);
    expect(world.fake.asked.at(-1)?.signal.aborted).toBe(false);
    await pass(1);
    expect(world.fake.asked.find((each) => each.isStream)?.signal.aborted).toBe(true);
    await pass(1_000);
    expect(world.fake.asked.filter((each) => each.isStream)).toHaveLength(2);
  });

  test("an answer forgives the failures before it", async () => {
    world.slots = 0;
    world.fake.page = () => problem(503, "busy");
    await follow();
    await pass(1_000);
    await pass(2_000);
    world.fake.page = () => page([], 0);
    await pass(4_000);
    world.fake.page = () => problem(503, "busy");
    await pass(POLL_MS);
    const before = world.fake.asked.length;
    await pass(1_000);
    expect(world.fake.asked).toHaveLength(before + 1);
  });
});

test("waiting is shortened by chance, by up to a half", () => {
  expect(backoff(1, null, () => 0)).toBe(1_000);
  expect(backoff(3, null, () => 1)).toBe(2_000);
});
