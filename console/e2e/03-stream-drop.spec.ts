// The stream breaks in the middle of a run: nothing is lost, nothing is shown twice.
import { badge, countRequests, expectEveryEventOnce, STREAM, shownEvents, state } from "./harness/run_page";
import { expect, test } from "./harness/test";

test("an API that dies and comes back costs no event and doubles none", async ({ page, own }) => {
  const site = await own({ settings: { DEMO_STEP_SECONDS: "1.5" } });
  const streams = countRequests(page, STREAM);
  const { id } = await site.createRun({ goal: "Outlive the API" });
  await page.goto(`${site.url}/runs/${id}`);
  await expect(badge(page)).toContainText("Live");
  await expect(page.locator("[data-type=PLAN_GENERATED]")).toBeVisible();
  const before = await shownEvents(page);
  await site.killAll("serve");
  await expect(badge(page)).toContainText("Offline");
  expect(await shownEvents(page), "what was there stays").toEqual(expect.arrayContaining(before));
  await expect(page.getByRole("alert").first()).toContainText("cannot be reached");
  await site.startApi();
  await expect(state(page)).toHaveText("Completed", { timeout: 45_000 });
  await expect(badge(page)).toContainText("Ended");
  await expectEveryEventOnce(page, site, id);
  expect(streams.count).toBeGreaterThanOrEqual(1);
});

test("a stream that is cut again and again still brings every event once", async ({ page, own }) => {
  const site = await own({ settings: { DEMO_STEP_SECONDS: "1" } });
  let cut = 0;
  await page.route("**/events/stream?*", async (route) => {
    cut += 1;
    if (cut > 4) return route.continue();
    // The answer of a stream that ends at once, with an event of long ago in it.
    const old = {
      event_id: 1,
      run_id: 1,
      timestamp: "2026-11-20T21:00:00Z",
      agent_role: null,
      event_type: "LOG",
      payload: {},
    };
    await route.fulfill({
      contentType: "text/event-stream",
      body: `id: 1\ndata: ${JSON.stringify(old)}\n\n`,
    });
  });
  const { id } = await site.createRun({ goal: "Outlive the proxy" });
  await page.goto(`${site.url}/runs/${id}`);
  await expect(state(page)).toHaveText("Completed", { timeout: 30_000 });
  await expectEveryEventOnce(page, site, id);
  expect(cut).toBeGreaterThanOrEqual(2);
  await expect(page.locator("[data-event='1'][data-type=RUN_CREATED]")).toBeVisible();
});
