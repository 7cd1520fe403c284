// State in the URL that keeps up with fast fingers.
import { act, renderHook } from "@testing-library/react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useUrlState, withParam } from "./url_state";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function begin(search: string) {
  const shown: { current: ReturnType<typeof useUrlState> | null } = { current: null };
  function Probe() {
    shown.current = useUrlState();
    return null;
  }
  const router = createMemoryRouter([{ path: "/", Component: Probe }], { initialEntries: [`/${search}`] });
  renderHook(() => null, { wrapper: () => <RouterProvider router={router} /> });
  const text = () => shown.current?.[0].get("text") ?? null;
  const type = (value: string) => act(() => shown.current?.[1]((params) => withParam(params, "text", value)));
  const rest = () => act(() => vi.advanceTimersByTimeAsync(500));
  return { router, shown, text, type, rest };
}

test("what is typed stands at once, and in the URL once it rests", async () => {
  const { router, text, type, rest } = begin("?event=3");
  for (const value of ["a", "ab", "abc"]) {
    type(value);
    expect(text()).toBe(value);
  }
  expect(router.state.location.search).toBe("?event=3");
  await rest();
  expect(router.state.location.search).toBe("?event=3&text=abc");
  expect(text()).toBe("abc");
});

test("several changes between two renders build on each other", async () => {
  const { router, shown, rest } = begin("");
  act(() => {
    const change = shown.current?.[1];
    change?.((params) => withParam(params, "event", String(Number(params.get("event")) + 1)));
    change?.((params) => withParam(params, "event", String(Number(params.get("event")) + 1)));
  });
  await rest();
  expect(router.state.location.search).toBe("?event=2");
});

test("a link wins over what was not written yet", async () => {
  const { router, text, type, rest } = begin("");
  type("half");
  await act(() => router.navigate("/?text=linked"));
  await rest();
  expect(text()).toBe("linked");
  expect(router.state.location.search).toBe("?text=linked");
});
