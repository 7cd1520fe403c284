// What the levels of the sandbox hold, in words.

export interface Level {
  name: string;
  holds: string;
}

const LEVELS: Record<string, Level> = {
  L3: {
    name: "L3, the strongest",
    holds: "Commands see nothing but what they were given: files, network, other processes.",
  },
  L2: { name: "L2", holds: "Commands cannot write outside, reach the network, or touch other processes." },
  L1: { name: "L1", holds: "Only memory, processes, open files and the size of files are limited." },
  L0: { name: "L0", holds: "Nothing is held: commands can do what the worker can." },
};

/** `level` is what a worker says; null while it still finds out. */
export function levelOf(level: string | null): Level {
  if (level === null) return { name: "Not known yet", holds: "The worker still finds out what it can hold." };
  return LEVELS[level] ?? { name: level, holds: "" };
}
