// Keys: pairs, the latest registration, and rest while somebody types.
import { cleanup, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Key, listenToKeys, useKeys, workingKeys } from "./keys";

let done: string[] = [];
let stop: () => void;

const key = (keys: string, does = keys): Key => ({ keys, does, run: () => done.push(does) });
const press = (...keys: string[]) => {
  for (const each of keys) {
    (document.activeElement ?? document.body).dispatchEvent(
      new KeyboardEvent("keydown", { key: each, bubbles: true, cancelable: true }),
    );
  }
};

function With({ keys }: { keys: Key[] }) {
  useKeys(keys);
  return <input aria-label="words" />;
}

beforeEach(() => {
  done = [];
  stop = listenToKeys(document);
});
afterEach(() => {
  stop();
  cleanup();
});

it("runs single keys and pairs", () => {
  render(<With keys={[key("n"), key("g r"), key("g a")]} />);
  press("n", "g", "r", "g", "a", "r");
  expect(done).toEqual(["n", "g r", "g a"]);
});

it("forgets the first of a pair when another key comes between", () => {
  render(<With keys={[key("g r")]} />);
  press("g", "x", "r");
  expect(done).toEqual([]);
});

it("prefers what was registered last, and comes back to the first when that is gone", () => {
  render(<With keys={[key("j", "page")]} />);
  const over = render(<With keys={[key("j", "list")]} />);
  press("j");
  over.unmount();
  press("j");
  expect(done).toEqual(["list", "page"]);
  expect(workingKeys().map((each) => each.keys)).toEqual(["j"]);
});

it("rests while somebody types", () => {
  const { getByLabelText } = render(<With keys={[key("n")]} />);
  getByLabelText("words").focus();
  press("n");
  expect(done).toEqual([]);
});

it("runs what was given last for the same keys", () => {
  const { rerender } = render(<With keys={[key("n", "old")]} />);
  rerender(<With keys={[key("n", "new")]} />);
  press("n");
  expect(done).toEqual(["new"]);
});

it("leaves Enter to the button that has the focus, and nothing else", () => {
  const { getByRole } = render(
    <>
      <With keys={[key("Enter"), key("j")]} />
      <button type="button">Approve</button>
      <input type="checkbox" />
    </>,
  );
  press("Enter");
  getByRole("button").focus();
  press("Enter", "j");
  getByRole("checkbox").focus();
  press("j");
  expect(done).toEqual(["Enter", "j", "j"]);
});
