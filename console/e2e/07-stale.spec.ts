// An answer that comes after a newer one changes nothing.
import type { Route } from "@playwright/test";
import { badge, expectEveryEventOnce, state } from "./harness/run_page";
import { expect, test } from "./harness/test";

test("a page of events that was held up is ignored once a newer one was shown", async ({ page, own }) => {
  const site = await own({ worker: false });
  const { id } = await site.createRun({ goal: "Be newer" });
  await page.route("**/events/stream?*", (route) => route.abort());
  let held: { route: Route; body: string } | null = null;
  let isHolding = false;
  await page.route("**/events?*", async (route) => {
    if (!isHolding) return route.continue();
    isHolding = false;
    const answer = await route.fetch();
    held = { route, body: await answer.text() };
  });
  await page.goto(`${site.url}/runs/${id}`);
  await expect(badge(page)).toContainText("Polling");
  isHolding = true;
  await expect.poll(() => held !== null).toBe(true);
  await site.startWorker();
  await site.until(id, "COMPLETED");
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await expect(state(page)).toHaveText("Completed");
  await expectEveryEventOnce(page, site, id);
  const { route, body } = held as unknown as { route: Route; body: string };
  await route.fulfill({ contentType: "application/json", body }).catch(() => {}); // the page has left it
  await expectEveryEventOnce(page, site, id);
  await expect(badge(page)).toContainText("Ended");
});
