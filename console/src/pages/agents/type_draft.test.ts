// The form of an agent type, and what is sent of it.
import { expect, it } from "vitest";
import type { Agent } from "@/api/queries";
import { draftOf, NEW, typeOf } from "./type_draft";

it("leaves out what is empty, so that the API's own default counts", () => {
  expect(typeOf({ ...NEW, name: " critic " })).toEqual({
    wanted: {
      name: "critic",
      description: "",
      role: "specialist",
      config: { output_format: "text", retries: 1, capabilities: [], mixins: [], mixin_options: {} },
    },
  });
});

it("sends numbers as numbers, words as lists and options as they are", () => {
  const draft = {
    ...NEW,
    temperature: "0.2",
    maxTokens: "500",
    model: " demo ",
    capabilities: "search, read  write",
    mixins: ["memory"],
    mixinOptions: '{"memory": {"most": 5}}',
  };
  expect(typeOf(draft)).toMatchObject({
    wanted: {
      config: {
        temperature: 0.2,
        max_tokens: 500,
        model: "demo",
        capabilities: ["search", "read", "write"],
        mixins: ["memory"],
        mixin_options: { memory: { most: 5 } },
      },
    },
  });
});

it("is what it was when nothing of the form is changed", () => {
  const config = {
    model: "demo",
    temperature: 0,
    max_tokens: 500,
    system_prompt: "Be brief.\n",
    output_format: "json" as const,
    retries: 0,
    timeout_seconds: 2.5,
    max_tool_calls: 7,
    capabilities: ["read", "write"],
    mixins: ["memory"],
    mixin_options: { memory: { most: 5 } },
  };
  const critic = { name: "critic", description: "Doubts.", role: "critic" as const, config };
  expect(typeOf(draftOf(critic as unknown as Agent))).toEqual({ wanted: critic });
});

it("says what is wrong with the options", () => {
  expect(typeOf({ ...NEW, mixinOptions: "{" })).toMatchObject({
    error: expect.stringMatching(/^This is no JSON/),
  });
  expect(typeOf({ ...NEW, mixinOptions: "[]" })).toMatchObject({
    error: expect.stringMatching(/^Write an object/),
  });
});
