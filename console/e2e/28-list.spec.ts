// The list of runs lives: states change in their rows, new runs wait behind a pill, the keyboard walks, and it stays small.
import { expect, test } from "./harness/test";

const LATER = "2100-01-01T00:00:00Z";

test("rows change where they stand, also when they leave the filter; new ones wait", async ({
  page,
  own,
}) => {
  const site = await own({ worker: false });
  const run = await site.createRun({ goal: "Change in place" });
  await page.goto(`${site.url}/runs?status=QUEUED`);
  const row = page.getByRole("row", { name: run.goal });
  await expect(row).toContainText("Queued");
  await site.startWorker();
  await expect(row).toContainText("Completed");

  const later = await site.createRun({ goal: "Come later", available_at: LATER });
  const pill = page.getByRole("button", { name: "1 new" });
  await expect(pill).toBeVisible();
  await expect(page.getByRole("row", { name: later.goal })).toHaveCount(0);
  await pill.click();
  await expect(page.getByRole("row", { name: later.goal })).toBeVisible();
  await expect(row).toHaveCount(0);
  await expect(pill).toBeHidden();
});

test("an empty list fills itself", async ({ page, own }) => {
  const site = await own({ worker: false });
  await page.goto(`${site.url}/runs`);
  await expect(page.getByText("No runs yet")).toBeVisible();
  await site.createRun({ goal: "The first" });
  await expect(page.getByRole("link", { name: "The first" })).toBeVisible();
});

test("a thousand runs are walked by keyboard with few rows in the page", async ({ page, own }) => {
  test.setTimeout(120_000);
  const site = await own({ worker: false });
  const goals = Array.from({ length: 1000 }, (_, index) => `Number ${index + 1}`);
  for (const goal of goals) await site.createRun({ goal, available_at: LATER });
  await page.goto(`${site.url}/runs`);
  await expect(page.getByText("1,000 runs")).toBeVisible();
  for (let step = 0; step < 3; step += 1) await page.keyboard.press("j");
  await page.keyboard.press("k");
  await expect(page.getByRole("link", { name: "Number 999", exact: true })).toBeFocused();
  await page.keyboard.press(" ");
  await expect(page.getByRole("region", { name: "Selected runs" })).toContainText("1 run selected");

  const last = page.getByRole("link", { name: "Number 1", exact: true });
  await expect(async () => {
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await expect(last).toBeVisible({ timeout: 200 });
  }).toPass({ timeout: 30_000 });
  expect(await page.getByRole("row").count()).toBeLessThan(60);
  expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(3000);
  await last.focus();
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Number 2" })).toBeVisible();
});
