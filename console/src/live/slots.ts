// Browsers open six connections to a host, over all tabs: at most three of them are streams, so that requests get through.

const SLOTS = [0, 1, 2];

export type Release = () => void;
export type TakeSlot = () => Promise<Release | null>;

/** A place for a stream until it is released or the tab goes; null when all are taken, or cannot be counted. */
export async function takeSlot(locks: LockManager | undefined = navigator.locks): Promise<Release | null> {
  if (!locks) return null;
  for (const slot of SLOTS) {
    const release = await take(locks, `agent-runner.stream.${slot}`);
    if (release) return release;
  }
  return null;
}

const take = (locks: LockManager, name: string): Promise<Release | null> =>
  new Promise((resolve) => {
    const hold = (lock: Lock | null) => {
      if (!lock) return resolve(null);
      return new Promise<void>((release) => resolve(release));
    };
    locks.request(name, { ifAvailable: true }, hold).catch(() => resolve(null));
  });
