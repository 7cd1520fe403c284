// What a step gave, in one line.
import { expect, test } from "vitest";
import { essenceOf } from "./essence";

test.each<[unknown, string]>([
  [{ model: "demo", text: "1. Plan\n2. Do" }, "1. Plan 2. Do"],
  [{ text: "  ", a: 1 }, '{"text":" ","a":1}'],
  ["plain", "plain"],
  [7, "7"],
  [[1, 2], "[1,2]"],
  [null, "nothing"],
  [{ text: 5 }, '{"text":5}'],
  [
    { parts: [{ content: "I will write." }, { tool_name: "write", args: { a: 1 } }] },
    'I will write. write {"a":1}',
  ],
  [{ parts: [7, { other: 1 }] }, '7 {"other":1}'],
  [{ result: { return_value: "wrote it", metadata: {} } }, "wrote it"],
  [{ result: null }, "nothing"],
])("%j", (output, line) => expect(essenceOf(output)).toBe(line));

test("is cut", () => expect(essenceOf("x".repeat(5000))).toHaveLength(300));
