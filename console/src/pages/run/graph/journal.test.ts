// Which keys of the journal are a node's, as the patterns spell them.
import { expect, it } from "vitest";
import { agent } from "@/graph/sample";
import { keysOf } from "./journal";

const KEYS = [
  "compound/1-research/ensemble/member/ann",
  "compound/1-research/ensemble/member/ann/1",
  "compound/1-research/ensemble/member/ann-2",
  "compound/1-research/ensemble/synthesizer",
  "compound/2-review/cross-check/draft",
  "compound/2-review/cross-check/check-1/bob",
  "compound/2-review/cross-check/revision-1",
  "compound/2-review/cross-check/revision-1/1",
  "compound/synthesizer",
  "debate/round-1/ann",
  "debate/round-2/ann",
  "debate/round-2/mediator",
  "delegation/plan",
  "delegation/task-3/ann",
  "delegation/report",
  "pipeline/1-ann",
  "pipeline/2-ann-2",
];
const of = (prefix: string) => KEYS.filter((key) => key.startsWith(prefix));

it.each([
  ["research/ann", "members", KEYS, ["compound/1-research/ensemble/member/ann"]],
  ["research/ann-2", "members", KEYS, ["compound/1-research/ensemble/member/ann-2"]],
  ["research/dot", "synthesizer", KEYS, ["compound/1-research/ensemble/synthesizer"]],
  [
    "review/dot",
    "author",
    KEYS,
    ["compound/2-review/cross-check/draft", "compound/2-review/cross-check/revision-1"],
  ],
  ["review/bob", "validators", KEYS, ["compound/2-review/cross-check/check-1/bob"]],
  ["dot", "synthesizer", of("compound"), ["compound/synthesizer"]],
  ["ann", "debaters", of("debate"), ["debate/round-1/ann", "debate/round-2/ann"]],
  ["dot", "mediator", of("debate"), ["debate/round-2/mediator"]],
  ["boss", "coordinator", of("delegation"), ["delegation/plan", "delegation/report"]],
  ["ann", "workers", of("delegation"), ["delegation/task-3/ann"]],
  ["ann", "stages", of("pipeline"), ["pipeline/1-ann"]],
  ["ann-2", "stages", of("pipeline"), ["pipeline/2-ann-2"]],
])("%s in %s", (id, slot, keys, expected) => {
  expect(keysOf(agent(id, slot), keys)).toEqual(expected);
});
