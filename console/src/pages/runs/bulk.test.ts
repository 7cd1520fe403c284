// Many runs are changed part by part, and what was skipped is kept once.
import { afterEach, describe, expect, it, vi } from "vitest";
import { changeMany } from "./bulk";
import { NO_FILTERS } from "./filters";
import { NOTHING } from "./selection";

interface Sent {
  path: string;
  body: { ids?: number[]; filter?: Record<string, unknown> };
}

function answering(...answers: object[]): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    sent.push({ path: new URL(request.url).pathname, body: await request.json() });
    return new Response(
      JSON.stringify(answers[sent.length - 1] ?? { changed: [], skipped: [], more: false }),
      {
        status: 202,
        headers: { "Content-Type": "application/json" },
      },
    );
  });
  return sent;
}

afterEach(() => vi.unstubAllGlobals());

describe("changeMany", () => {
  it("names the runs, a thousand in one request", async () => {
    const ids = Array.from({ length: 1500 }, (_, index) => index + 1);
    const sent = answering(
      { changed: ids.slice(0, 1000), skipped: [], more: false },
      { changed: [], skipped: [{ id: 1001, reason: "it has ended" }], more: false },
    );
    const done = await changeMany("cancel", { ...NOTHING, ids: new Set(ids) }, NO_FILTERS);
    expect(sent.map(({ path, body }) => [path, body.ids?.length])).toEqual([
      ["/api/runs/cancel", 1000],
      ["/api/runs/cancel", 500],
    ]);
    expect(done.changed).toHaveLength(1000);
    expect(done.skipped).toEqual([{ id: 1001, reason: "it has ended" }]);
  });

  it("asks again while the filter finds more, and keeps what is skipped twice once", async () => {
    const skipped = [{ id: 4, reason: "no" }];
    const sent = answering(
      { changed: [9], skipped, more: true },
      { changed: [8], skipped, more: true },
      { changed: [], skipped, more: true },
    );
    const done = await changeMany("retry", { ...NOTHING, isAll: true }, { ...NO_FILTERS, agent: "coder" });
    expect(sent).toHaveLength(3);
    expect(sent[0]).toEqual({
      path: "/api/runs/retry",
      body: { filter: { agent: "coder", status: ["FAILED", "CANCELLED"] } },
    });
    expect(done).toEqual({ changed: [9, 8], skipped });
  });

  it("changes nothing where the filter shows only what cannot be changed", async () => {
    const sent = answering();
    const filters = { ...NO_FILTERS, status: ["COMPLETED" as const] };
    expect(await changeMany("cancel", { ...NOTHING, isAll: true }, filters)).toEqual({
      changed: [],
      skipped: [],
    });
    expect(sent).toEqual([]);
  });

  it("keeps to the states of the filter that can be changed", async () => {
    const sent = answering();
    const filters = { ...NO_FILTERS, status: ["QUEUED" as const, "FAILED" as const] };
    await changeMany("cancel", { ...NOTHING, isAll: true }, filters);
    expect(sent[0]?.body.filter).toEqual({ status: ["QUEUED"] });
  });
});
