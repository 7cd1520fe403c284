// Three streams, whatever the number of tabs.
import { expect, test } from "vitest";
import { takeSlot } from "./slots";

/** As browsers have it, for one name at a time and without queues. */
class Locks {
  readonly held = new Set<string>();

  async request(name: string, _options: LockOptions, hold: (lock: Lock | null) => unknown): Promise<void> {
    if (this.held.has(name)) return void (await hold(null));
    this.held.add(name);
    try {
      await hold({ name, mode: "exclusive" });
    } finally {
      this.held.delete(name);
    }
  }
}

test("the fourth gets none until one is released", async () => {
  const locks = new Locks() as unknown as LockManager;
  const taken = [await takeSlot(locks), await takeSlot(locks), await takeSlot(locks)];
  expect(taken.every(Boolean)).toBe(true);
  expect(await takeSlot(locks)).toBeNull();
  taken[1]?.();
  await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(await takeSlot(locks)).not.toBeNull();
});

test("where tabs cannot be counted, or the document is not active, there is none", async () => {
  expect(await takeSlot(undefined as unknown as LockManager)).toBeNull();
  const inactive = { request: () => Promise.reject(new DOMException("not active", "InvalidStateError")) };
  expect(await takeSlot(inactive as unknown as LockManager)).toBeNull();
});
