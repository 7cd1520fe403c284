// A run is cancelled, let go on, and forked from one of its steps.
import { expectEveryEventOnce, state } from "./harness/run_page";
import { expect, test } from "./harness/test";

test("cancel with a reason, retry without repeating, fork from a step", async ({ page, own }) => {
  const site = await own({ settings: { DEMO_STEP_SECONDS: "1.2" } });
  const { id } = await site.createRun({ goal: "Go through three steps" });
  await page.goto(`${site.url}/runs/${id}`);
  await expect(page.locator("[data-type=EXECUTING]").nth(1)).toBeVisible();
  await expect(page.getByRole("button", { name: "Retry" })).toHaveCount(0);

  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Why (optional)").fill("the goal has changed");
  await dialog.getByRole("button", { name: "Cancel the run" }).click();
  await expect(state(page)).toHaveText("Cancelled");
  await expect(page.locator("[data-type=RUN_CANCEL_REQUESTED]")).toContainText("the goal has changed");
  await expect(page.getByRole("button", { name: "Cancel", exact: true })).toHaveCount(0);

  await page.getByRole("button", { name: "Retry" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Retry" }).click();
  await expect(state(page)).toHaveText("Completed", { timeout: 30_000 });
  await expectEveryEventOnce(page, site, id);

  await page.getByRole("link", { name: "Journal" }).click();
  await expect(page.locator("[data-step=plan]")).toContainText("replayed");
  await page.locator("[data-step='execute/3']").click();
  await page
    .getByRole("complementary", { name: "Step 4" })
    .getByRole("button", { name: "Fork from here" })
    .click();
  await page.getByRole("dialog").getByLabel("Another goal").fill("The same, in French");
  await page.getByRole("dialog").getByRole("button", { name: "Fork" }).click();
  await expect(page).toHaveURL(`${site.url}/runs/${id + 1}`);
  await expect(page.getByRole("link", { name: `run ${id}` })).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("The same, in French");
  await expect(state(page)).toHaveText("Completed", { timeout: 30_000 });
});

test("a run that reached its budget is given a larger one, and goes on", async ({ page, site }) => {
  const { id } = await site.createRun({ goal: "Cost more than thought", budget: { model_calls: 1 } });
  await site.until(id, "FAILED");
  await page.goto(`${site.url}/runs/${id}`);
  const card = page.getByRole("region", { name: "Why it failed" });
  await expect(card).toContainText("budget of 1 model calls");
  await expect(card).toContainText("Step 1 of 3");
  await card.getByRole("button", { name: "Raise the budget and retry" }).click();
  const limit = page.getByRole("dialog").getByLabel("Model calls");
  await expect(limit).toHaveValue("2");
  await limit.fill("1");
  await page.getByRole("dialog").getByRole("button", { name: "Retry" }).click();
  await expect(page.getByRole("dialog").getByRole("alert")).toContainText("model_calls");
  await limit.fill("20");
  await page.getByRole("dialog").getByRole("button", { name: "Retry" }).click();
  await expect(card).toBeHidden();
  await expect(state(page)).toHaveText("Completed");
});
