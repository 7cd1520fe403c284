// For tests: a follower in a browser whose time, frames, slots and network the test holds.
import { afterEach, beforeEach, vi } from "vitest";
import { FakeApi } from "./fake_api";
import { Follower, type Surroundings } from "./follower";

export const world = { fake: new FakeApi(), slots: 3, frames: [] as (() => void)[] };

export const surroundings: Surroundings = {
  takeSlot: async () => {
    if (world.slots === 0) return null;
    world.slots -= 1;
    return () => {
      world.slots += 1;
    };
  },
  soon: (tell) => void world.frames.push(tell),
  random: () => 0,
};

/** Before and after each test of the file that calls it. */
export function aNewWorldForEach(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    Object.assign(world, { fake: new FakeApi(), slots: 3, frames: [] });
    vi.stubGlobal("fetch", world.fake.fetch);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}

/** Lets everything happen that needs no time, or less than `ms`. */
export async function pass(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  for (let turn = 0; turn < 20; turn += 1) await vi.advanceTimersByTimeAsync(0);
  for (const tell of world.frames.splice(0)) tell();
}

export async function follow(): Promise<Follower> {
  const follower = new Follower(1, surroundings);
  follower.resume();
  await pass();
  return follower;
}

export const numbers = (follower: Follower) => follower.read().events.map((each) => each.event_id);
export const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
