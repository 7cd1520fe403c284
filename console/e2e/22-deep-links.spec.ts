// What is seen stands in the address: it can be shared, loaded again and gone back to.
import { expect, test } from "./harness/test";

test.describe.configure({ mode: "serial" });

test("an address filters the list, and says what it hides", async ({ page, site }) => {
  const project = await site.createProject("filtered", { "README.md": "# Filtered\n" });
  const failed = await site.createRun({ goal: "Find the lost keys", budget: { model_calls: 1 } });
  const done = await site.createRun({ goal: "Find the door" });
  const elsewhere = await site.createRun({ goal: "Find the window", project_id: project.id });
  await Promise.all([
    site.until(failed.id, "FAILED"),
    site.until(done.id, "COMPLETED"),
    site.until(elsewhere.id, "COMPLETED"),
  ]);
  const rows = page.getByRole("table", { name: "Runs" }).getByRole("row");

  await page.goto(`${site.url}/runs?status=FAILED&text=find&since=24h`);
  await expect(rows.filter({ hasText: "Find" })).toHaveCount(1);
  await expect(rows.filter({ hasText: failed.goal })).toContainText("budget of 1 model calls");
  const all = await site.ask<{ total: number }>("GET", "/runs?count=true&limit=1");
  await expect(page.getByText(`1 run, ${all.total - 1} hidden by filter`)).toBeVisible();
  await expect(page.getByRole("button", { name: "Failed" })).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByRole("searchbox", { name: "Words of the goal" })).toHaveValue("find");
  await expect(page.getByRole("combobox", { name: "Created" })).toHaveValue("24h");

  await page.goto(`${site.url}/runs?project=${project.id}&agent=simple`);
  await expect(rows.filter({ hasText: "Find" })).toHaveCount(1);
  await expect(rows.filter({ hasText: elsewhere.goal })).toContainText("filtered");
  await expect(page.getByRole("combobox", { name: "Project" })).toHaveValue(String(project.id));
});

test("what is chosen goes into the address, and outlives a reload", async ({ page, site }) => {
  await page.goto(`${site.url}/runs`);
  await expect(page.getByRole("link", { name: "Find the door" })).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("the door");
  await expect(page).toHaveURL(/\?text=the\+door$/);
  await expect(page.getByRole("searchbox", { name: "Words of the goal" })).toBeFocused();
  await page.getByRole("button", { name: "Completed" }).click();
  await page.getByRole("button", { name: "Cancelled" }).click();
  await expect(page).toHaveURL(/status=COMPLETED&status=CANCELLED&text=the\+door$/);
  await page.reload();
  await expect(page.getByRole("link", { name: "Find the door" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Find the window" })).toHaveCount(0);
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(page).toHaveURL(/\/runs$/);
  await expect(page.getByRole("link", { name: "Find the window" })).toBeVisible();
  await expect(page.getByRole("searchbox", { name: "Words of the goal" })).toHaveValue("");
});

test("a filter that finds nothing says what it hides, and how to see it", async ({ page, site }) => {
  await page.goto(`${site.url}/runs?text=no-such-goal`);
  await expect(page.getByText("No run matches")).toBeVisible();
  await expect(page.getByText(/^\d+ runs are hidden by the filter\.$/)).toBeVisible();
  await page.getByRole("button", { name: "Show all runs" }).click();
  await expect(page.getByRole("link", { name: "Find the door" })).toBeVisible();
});

test("the numbers of the overview lead to their runs", async ({ page, site }) => {
  await page.goto(`${site.url}/?hours=6`);
  await expect(page.getByRole("combobox", { name: "How far back" })).toHaveValue("6");
  await page.getByRole("navigation", { name: "Runs by state" }).getByRole("link", { name: "Failed" }).click();
  await expect(page).toHaveURL(/\/runs\?status=FAILED$/);
  await expect(page.getByRole("link", { name: "Find the lost keys" })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(/\/\?hours=6$/);
  await page.getByRole("link", { name: /Find the lost keys/ }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Find the lost keys");
});

test("an address fills the form of a new run, once", async ({ page, site }) => {
  const like = await site.createRun({
    goal: "Paint the fence",
    priority: 3,
    budget: { tokens: 5000 },
    on_budget: "ask",
    config: { max_attempts: 2 },
  });
  await page.goto(`${site.url}/runs/new?from=${like.id}&goal=Paint+the+gate`);
  const goal = page.getByRole("textbox", { name: "Goal" });
  await expect(goal).toHaveValue("Paint the gate");
  await expect(page).toHaveURL(/\/runs\/new$/);
  await page.locator("summary", { hasText: "More" }).click();
  await expect(page.getByLabel("Priority")).toHaveValue("3");
  await expect(page.getByLabel("Tokens")).toHaveValue("5000");
  await expect(page.getByLabel("At a limit")).toHaveValue("ask");
  await expect(page.getByLabel("Attempts at most")).toHaveValue("2");
  await goal.fill("Paint the gate green");
  await page.reload();
  await expect(goal).toHaveValue("Paint the gate green");
});
