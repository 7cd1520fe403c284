// One key for one filled form.
import { beforeEach, expect, it } from "vitest";
import { curl } from "./curl";
import { keyFor, made } from "./once";
import { optionsOf } from "./options";

beforeEach(() => sessionStorage.clear());

it("keeps the key while the body stays the same, and only then", () => {
  const key = keyFor("a");
  expect(keyFor("a")).toBe(key);
  expect(key).toMatch(/^[0-9a-f]{32}$/);
  expect(keyFor("b")).not.toBe(key);
});

it("makes another key once the run is made", () => {
  const key = keyFor("a");
  made();
  expect(keyFor("a")).not.toBe(key);
});

it("quotes the body for a shell", () => {
  expect(curl("http://h", { goal: "don't" })).toContain(`-d '{"goal":"don'\\''t"}'`);
});

it("makes fields of simple options and names the others", () => {
  const { fields, others } = optionsOf({
    rounds: { type: "integer", default: 12, minimum: 1, description: "d" },
    tone: { type: "string", enum: ["dry", "warm"] },
    tree: { type: "object" },
    odd: "x",
  });
  expect(others).toEqual(["tree", "odd"]);
  expect(fields).toEqual([
    {
      name: "rounds",
      type: "integer",
      description: "d",
      fallback: "12",
      minimum: 1,
      maximum: null,
      choices: [],
    },
    {
      name: "tone",
      type: "string",
      description: "",
      fallback: "",
      minimum: null,
      maximum: null,
      choices: ["dry", "warm"],
    },
  ]);
});
