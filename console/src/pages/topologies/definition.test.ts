// From the form to the body that is sent, and the examples that it begins with.
import { describe, expect, it } from "vitest";
import { definitionOf, exampleText } from "./definition";
import { PATTERNS, type Pattern } from "./patterns";

const draft = { name: " team ", description: "", text: '{"config": {"type": "debate"}, "slots": {}}' };

describe("definitionOf", () => {
  it("takes name and description from their fields, also over those in the text", () => {
    expect(definitionOf(draft)).toEqual({
      definition: { name: "team", description: "", config: { type: "debate" }, slots: {} },
    });
    const other = { ...draft, text: '{"name": "other", "slots": {}}' };
    expect(definitionOf(other)).toEqual({ definition: { name: "team", description: "", slots: {} } });
  });

  it("says what is no JSON, and what is no object", () => {
    expect(definitionOf({ ...draft, text: "{" })).toMatchObject({
      error: expect.stringMatching(/^This is no JSON: /),
    });
    for (const text of ["[]", "null", "3"]) {
      expect(definitionOf({ ...draft, text })).toEqual({
        error: 'Write an object with "config" and "slots".',
      });
    }
  });
});

describe.each(Object.keys(PATTERNS) as Pattern[])("the example of %s", (pattern) => {
  const read = (agents: string[], topologies: string[]) =>
    JSON.parse(exampleText(pattern, agents, topologies));

  it("fills the slots that it explains with agents that are there", () => {
    const { config, slots } = read(["critic"], ["inner"]);
    expect(config.type).toBe(pattern);
    const explained = PATTERNS[pattern].slots.map((slot) => slot.name);
    for (const [slot, names] of Object.entries(slots)) {
      if (slot !== "level-2") expect(explained).toContain(slot);
      for (const name of names as string[]) expect(name).toBe(slot === "parts" ? "inner" : "critic");
    }
  });

  it("has names to replace where nobody is there", () => {
    for (const names of Object.values(read([], []).slots)) expect((names as string[])[0]).toMatch(/^[a-z]+$/);
  });
});
