// A tab that nobody sees asks nothing, and has everything once it is seen again.
import type { Page } from "@playwright/test";
import { badge, countRequests, expectEveryEventOnce, state } from "./harness/run_page";
import { expect, test } from "./harness/test";

/** As the browser does when another tab is chosen; headless Chromium never hides one itself. */
async function show(page: Page, isVisible: boolean): Promise<void> {
  await page.evaluate((visible) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => !visible });
    Object.defineProperty(document, "visibilityState", {
      configurable: true,
      get: () => (visible ? "visible" : "hidden"),
    });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  }, isVisible);
}

test("a hidden tab is silent while its run goes on, and catches up", async ({ page, own }) => {
  const site = await own({ worker: false });
  const { id } = await site.createRun({ goal: "Work behind a curtain" });
  await page.goto(`${site.url}/runs/${id}`);
  await expect(badge(page)).toContainText("Live");
  await show(page, false);
  await expect(badge(page)).toContainText("Paused");
  const asked = countRequests(page, /\/api\//);
  await site.startWorker({ DEMO_STEP_SECONDS: "1" });
  await site.until(id, "COMPLETED");
  expect(asked.count).toBe(0);
  await expect(state(page)).toHaveText("Queued");
  await show(page, true);
  await expect(state(page)).toHaveText("Completed");
  await expect(badge(page)).toContainText("Ended");
  await expectEveryEventOnce(page, site, id);
});
