// The longest piece of work of a page's main thread, by the processor's time: other programs of the machine do not count.
import type { Browser, Page } from "@playwright/test";

interface Traced {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds of the processor. */
  tdur?: number;
  args: { name?: string };
}

const CATEGORIES = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"];

/** In milliseconds, of all that happens during `work`. */
export async function longestTask(browser: Browser, page: Page, work: () => Promise<void>): Promise<number> {
  await browser.startTracing(page, { categories: CATEGORIES });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: Traced[] };
  const place = ({ pid, tid }: Traced) => `${pid}:${tid}`;
  const mains = new Set(traceEvents.filter(({ args }) => args?.name === "CrRendererMain").map(place));
  const tasks = traceEvents.filter(
    (each) => each.name.endsWith("RunTask") && each.tdur && mains.has(place(each)),
  );
  if (tasks.length === 0) throw new Error("the trace holds no task of a page");
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur / 1000));
}
