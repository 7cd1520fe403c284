// While the API is down the page says so and keeps what it has; when it is back the page goes on by itself.
import { expect, test } from "./harness/test";

test("a dead API is said, the last data stays, and all goes on when it is back", async ({ page, own }) => {
  const site = await own({ worker: false });
  const run = await site.createRun({ goal: "Outlive the API" });
  await page.goto(`${site.url}/runs`);
  await expect(page.getByRole("link", { name: run.goal })).toBeVisible();

  await site.killAll("serve");
  const banner = page.getByRole("alert").filter({ hasText: "You see what was there" });
  await expect(banner).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText("Stale: the last answer failed")).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole("link", { name: run.goal })).toBeVisible();

  await site.startApi();
  await site.ask("POST", `/runs/${run.id}/cancel`);
  await expect(banner).toBeHidden({ timeout: 40_000 });
  await expect(page.getByRole("row", { name: run.goal })).toContainText("Cancelled", { timeout: 40_000 });
  await expect(page.getByText("Stale: the last answer failed")).toBeHidden();
});

test("a page that is opened while the API is down fills itself once it is asked again", async ({
  page,
  own,
}) => {
  const site = await own({ worker: false });
  await site.killAll("serve");
  await page.goto(`${site.url}/runs`);
  const failure = page.getByRole("alert").filter({ hasText: "Try again" });
  await expect(failure).toContainText("cannot be reached", { timeout: 30_000 });
  await site.startApi();
  await failure.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("No runs yet")).toBeVisible({ timeout: 30_000 });
});
