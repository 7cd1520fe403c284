// A run from QUEUED to COMPLETED before the eyes of a person who touches nothing.
import { badge, countRequests, expectEveryEventOnce, PAGE, STREAM, state } from "./harness/run_page";
import { expect, test } from "./harness/test";

test("a run goes from queued over running to completed without a reload", async ({ page, own }) => {
  const site = await own({ worker: false });
  const { id } = await site.createRun({ goal: "Say hello to the world" });
  await page.goto(`${site.url}/runs/${id}`);
  await page.evaluate(() => Object.assign(window, { isThisDocument: true }));
  await expect(state(page)).toHaveText("Queued");
  await expect(page.getByRole("region", { name: "Why it is not running" })).toContainText("no worker");
  await expect(badge(page)).toContainText("Live");
  await site.startWorker({ DEMO_STEP_SECONDS: "1" });
  await expect(state(page)).toHaveText("Running");
  await expect(page.getByText("Held by")).toBeVisible();
  await expect(page.getByRole("progressbar", { name: "Progress" })).toBeVisible();
  await expect(state(page)).toHaveText("Completed");
  await expect(page.getByRole("heading", { name: "Result" })).toBeVisible();
  await expect(badge(page)).toContainText("Ended");
  await expectEveryEventOnce(page, site, id);
  expect(await page.evaluate(() => "isThisDocument" in window)).toBe(true);
});

test("a run that has ended is not asked for any more", async ({ page, site }) => {
  const { id } = await site.createRun({ goal: "Be over" });
  await site.until(id, "COMPLETED");
  const pages = countRequests(page, PAGE);
  const streams = countRequests(page, STREAM);
  await page.goto(`${site.url}/runs/${id}`);
  await expect(badge(page)).toContainText("Ended");
  expect(pages.count).toBe(2);
  expect(streams.count).toBe(0);
});
