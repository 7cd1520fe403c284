// The worker of a run dies: the page says that the lease was lost, and shows how another goes on.
import { expectEveryEventOnce, state } from "./harness/run_page";
import { expect, test } from "./harness/test";

test("a killed worker is seen, and the run goes on with the next one", async ({ page, own }) => {
  const site = await own({ settings: { DEMO_STEP_SECONDS: "2" } });
  const { id } = await site.createRun({ goal: "Outlive a worker" });
  await page.goto(`${site.url}/runs/${id}`);
  await expect(page.getByText("Held by")).toBeVisible();
  await expect(page.locator("[data-type=EXECUTING]").first()).toBeVisible();
  await site.killAll("worker");
  await site.startWorker({ DEMO_STEP_SECONDS: "0.3" });
  await expect(page.getByRole("status").filter({ hasText: "Lease lost" })).toContainText(
    "went on from the last finished step",
    {
      timeout: 30_000,
    },
  );
  await expect(page.locator("[data-type=RUN_LEASE_EXPIRED]")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Attempt 2" })).toBeVisible();
  await expect(state(page)).toHaveText("Completed", { timeout: 30_000 });
  await expectEveryEventOnce(page, site, id);
});
