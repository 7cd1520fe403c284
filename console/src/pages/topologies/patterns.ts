// The seven patterns: what each does in one sentence, who stands in it, how it is drawn small, and an example to begin with.
import type { Schemas } from "@/api/client";

export type Pattern = Schemas["Pattern"];

export interface Slot {
  name: string;
  /** Who stands there. */
  means: string;
}

export interface Sketch {
  /** Circles by their centre. */
  nodes: [number, number][];
  /** Arrows between the nodes of these places; a loop is dashed. */
  lines: { from: number; to: number; isLoop?: boolean }[];
  /** Frames around parts: left, top, width, height. */
  frames?: [number, number, number, number][];
}

export interface PatternFacts {
  name: string;
  sentence: string;
  slots: Slot[];
  config: Record<string, unknown>;
  /** How many agents stand in each slot of the example. */
  seats: Record<string, number>;
  sketch: Sketch;
}

export const PATTERNS: Record<Pattern, PatternFacts> = {
  pipeline: {
    name: "Pipeline",
    sentence: "Each stage works on what the one before has made.",
    slots: [{ name: "stages", means: "one after the other, 1 to 200" }],
    config: {},
    seats: { stages: 3 },
    sketch: {
      nodes: [
        [20, 30],
        [60, 30],
        [100, 30],
      ],
      lines: [
        { from: 0, to: 1 },
        { from: 1, to: 2 },
      ],
    },
  },
  ensemble: {
    name: "Ensemble",
    sentence: "All answer the same question without seeing each other, and their answers become one.",
    slots: [
      { name: "members", means: "who answers, 1 to 200" },
      { name: "synthesizer", means: "makes one answer of all, with the aggregation synthesis" },
      { name: "judge", means: "names the best, with the aggregation best_of" },
    ],
    config: { aggregation: "synthesis" },
    seats: { members: 3, synthesizer: 1 },
    sketch: {
      nodes: [
        [30, 12],
        [30, 30],
        [30, 48],
        [90, 30],
      ],
      lines: [
        { from: 0, to: 3 },
        { from: 1, to: 3 },
        { from: 2, to: 3 },
      ],
    },
  },
  debate: {
    name: "Debate",
    sentence: "All state positions, round by round, until they agree or the rounds are over.",
    slots: [
      { name: "debaters", means: "2 to 200" },
      { name: "mediator", means: "decides where they do not; needed with the consensus mediator" },
    ],
    config: { max_rounds: 3, consensus: "majority" },
    seats: { debaters: 2, mediator: 1 },
    sketch: {
      nodes: [
        [36, 14],
        [36, 46],
        [92, 30],
      ],
      lines: [
        { from: 0, to: 1, isLoop: true },
        { from: 1, to: 0, isLoop: true },
        { from: 0, to: 2 },
        { from: 1, to: 2 },
      ],
    },
  },
  "chain-of-command": {
    name: "Chain of command",
    sentence: "The lowest level decides, or passes the decision to the level above it.",
    slots: [{ name: "level-1", means: "asked first; level-2 to level-9 stand above it" }],
    config: { max_escalations: 2 },
    seats: { "level-1": 2, "level-2": 1 },
    sketch: {
      nodes: [
        [26, 12],
        [26, 48],
        [66, 30],
        [104, 30],
      ],
      lines: [
        { from: 0, to: 2 },
        { from: 1, to: 2 },
        { from: 2, to: 3 },
      ],
    },
  },
  delegation: {
    name: "Delegation",
    sentence: "A coordinator splits the work, workers do the pieces, the coordinator reports.",
    slots: [
      { name: "coordinator", means: "plans and reports, 1" },
      { name: "workers", means: "each gets what fits its capabilities, 1 to 200" },
    ],
    config: { max_tasks: 4 },
    seats: { coordinator: 1, workers: 2 },
    sketch: {
      nodes: [
        [26, 30],
        [90, 12],
        [90, 30],
        [90, 48],
      ],
      lines: [
        { from: 0, to: 1 },
        { from: 0, to: 2 },
        { from: 0, to: 3 },
        { from: 3, to: 0, isLoop: true },
      ],
    },
  },
  "cross-check": {
    name: "Cross-check",
    sentence: "Work is judged by several who do not see each other, and revised where they object.",
    slots: [
      { name: "author", means: "drafts and revises, 1" },
      { name: "validators", means: "accept or reject, 1 to 200" },
    ],
    config: { agreement: "majority", max_revisions: 1 },
    seats: { author: 1, validators: 2 },
    sketch: {
      nodes: [
        [30, 30],
        [90, 14],
        [90, 46],
      ],
      lines: [
        { from: 0, to: 1 },
        { from: 0, to: 2 },
        { from: 2, to: 0, isLoop: true },
      ],
    },
  },
  compound: {
    name: "Compound",
    sentence: "Topologies as parts of one: one after the other, or all at once.",
    slots: [
      { name: "parts", means: "topologies, 1 to 20" },
      { name: "synthesizer", means: "an agent that makes one answer of those of all parts; may be left out" },
    ],
    config: { is_parallel: false },
    seats: { parts: 2 },
    sketch: {
      nodes: [
        [20, 20],
        [20, 40],
        [38, 30],
        [82, 30],
        [102, 30],
      ],
      lines: [
        { from: 0, to: 2 },
        { from: 1, to: 2 },
        { from: 2, to: 3 },
        { from: 3, to: 4 },
      ],
      frames: [
        [8, 8, 42, 44],
        [70, 16, 44, 28],
      ],
    },
  },
};

export const isPattern = (name: string | null): name is Pattern => name !== null && name in PATTERNS;

const STAND_INS = ["ann", "bob", "cid"];

/** Config and slots that the API takes as they are, where agents of these names, and topologies, are there. */
export function example(pattern: Pattern, agents: readonly string[], topologies: readonly string[]) {
  const { config, seats } = PATTERNS[pattern];
  let next = 0;
  const names = (slot: string): readonly string[] => {
    if (slot === "parts") return topologies.length ? topologies : ["research", "review"];
    return agents.length ? agents : STAND_INS;
  };
  const seated = Object.entries(seats).map(([slot, count]) => {
    const from = names(slot);
    const taken = Array.from({ length: count }, () => {
      next += 1;
      return from[(next - 1) % from.length] ?? "";
    });
    return [slot, taken];
  });
  return { config: { type: pattern, ...config }, slots: Object.fromEntries(seated) };
}
