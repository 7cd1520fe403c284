// Where streams do not get through, the page asks again and again.
import { badge, expectEveryEventOnce, state } from "./harness/run_page";
import { expect, test } from "./harness/test";

test("three streams that fail lead to polling, and nothing is missed", async ({ page, own }) => {
  const site = await own({ worker: false });
  let tried = 0;
  await page.route("**/events/stream?*", (route) => {
    tried += 1;
    return route.abort();
  });
  const { id } = await site.createRun({ goal: "Be polled" });
  await page.goto(`${site.url}/runs/${id}`);
  await expect(badge(page)).toContainText("Polling");
  expect(tried).toBe(3);
  await site.startWorker();
  await expect(state(page)).toHaveText("Completed");
  await expect(badge(page)).toContainText("Ended");
  await expectEveryEventOnce(page, site, id);
  expect(tried).toBe(3);
});
