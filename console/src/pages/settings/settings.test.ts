// What the settings page says of checks and settings.
import { expect, it } from "vitest";
import { verdict } from "./checks";
import { filtered, spelled } from "./effective";

const check = (state: "ok" | "warning" | "failed") => ({ name: "n", state, detail: "d", next: null });
const settings = [
  { name: "API_PORT", value: 8000, is_default: true, description: "Where the API listens." },
  { name: "LEASE_SECONDS", value: 30, is_default: false, description: "How long a claim holds." },
];

it("counts what is wrong", () => {
  expect(verdict([check("ok"), check("ok")])).toMatch(/^2 checks, all well\./);
  expect(verdict([check("ok"), check("failed"), check("warning"), check("warning")])).toMatch(
    /^4 checks: 1 failed, 2 warnings\./,
  );
  expect(verdict([check("warning")])).toMatch(/^1 check: 1 warning\./);
});

it("finds settings by words of their names and meanings", () => {
  const found = (text: string, isSetOnly = false) =>
    filtered(settings, text, isSetOnly).map(({ name }) => name);
  expect(found("")).toEqual(["API_PORT", "LEASE_SECONDS"]);
  expect(found("claim lease")).toEqual(["LEASE_SECONDS"]);
  expect(found("api claim")).toEqual([]);
  expect(found("", true)).toEqual(["LEASE_SECONDS"]);
});

it("spells values as they would be written", () => {
  expect([null, "", "x", 5, false, ["a"]].map(spelled)).toEqual(["–", "–", "x", "5", "false", '["a"]']);
});
