// The form of a new run: filled wrongly, sent twice, kept over a reload.
import { expect, test } from "./harness/test";

test("what is wrong stands beside its field, and nothing is lost until it is right", async ({
  page,
  own,
}) => {
  const site = await own();
  await page.goto(`${site.url}/runs/new`);
  const goal = page.getByRole("textbox", { name: "Goal" });
  const start = page.getByRole("button", { name: "Start the run" });
  await start.click();
  await expect(goal).toHaveAccessibleDescription("Say what is to be done.");
  await expect(goal).toBeFocused();

  await goal.fill("Tidy the attic");
  await page.getByRole("radio", { name: "coder" }).check();
  await start.click();
  await expect(page.getByLabel("Project")).toHaveAccessibleDescription(/The agent coder works in a project/);

  await page.getByRole("radio", { name: "metagpt" }).check();
  await page.locator("summary", { hasText: "More" }).click();
  await page.getByLabel("Priority").fill("99999999");
  await page.getByLabel("Model", { exact: true }).fill("no model");
  await page.getByLabel("Money in US dollars").fill("-1");
  await page.getByLabel("rounds").fill("0");
  await start.click();
  await expect(page.getByLabel("rounds")).toHaveAccessibleDescription(/0 is not between 1 and 100/);
  await page.getByLabel("rounds").fill("3");
  await start.click();
  await expect(page.getByLabel("Priority")).toHaveAccessibleDescription(/less than or equal to 1000000/);
  await expect(page.getByLabel("Model", { exact: true })).toHaveAccessibleDescription(
    /'no model' is no model/,
  );
  await expect(page.getByLabel("Money in US dollars")).toHaveAccessibleDescription(/greater than 0/);
  expect((await site.ask<{ items: unknown[] }>("GET", "/runs")).items).toEqual([]);

  await page.reload();
  await expect(goal).toHaveValue("Tidy the attic");
  await page.locator("summary", { hasText: "More" }).click();
  await page.getByLabel("Priority").fill("7");
  await page.getByLabel("Not before").fill("2100-01-01T00:00");
  await page.getByLabel("Model", { exact: true }).fill("demo");
  await page.getByLabel("Money in US dollars").fill("2.5");
  await goal.press("Control+Enter");
  await expect(page).toHaveURL(/\/runs\/\d+$/);
  const [run] = (await site.ask<{ items: Record<string, unknown>[] }>("GET", "/runs")).items;
  expect(run).toMatchObject({
    goal: "Tidy the attic",
    agent: "metagpt",
    model: "demo",
    priority: 7,
    status: "QUEUED",
    config: { rounds: 3 },
    budget: { cost_usd: 2.5 },
  });

  await page.goto(`${site.url}/runs/new`);
  await expect(goal).toHaveValue("");
  await expect(page.getByRole("radio", { name: "metagpt" })).toBeChecked();
});

test("a lost answer and a second press make one run, the next form another", async ({ page, own }) => {
  const site = await own({ worker: false });
  let isCut = true;
  await page.route("**/api/runs", async (route) => {
    if (route.request().method() !== "POST" || !isCut) return route.fallback();
    isCut = false;
    await route.fetch();
    await route.abort();
  });
  await page.goto(`${site.url}/runs/new?goal=Only+once`);
  const start = page.getByRole("button", { name: "Start the run" });
  await start.click();
  await expect(page.getByRole("alert").filter({ hasText: "No run was made" })).toBeVisible();
  await page.reload();
  await start.dblclick();
  await expect(page.getByRole("heading", { level: 1, name: "Only once" })).toBeVisible();
  const count = async () => (await site.ask<{ total: number }>("GET", "/runs?count=true")).total;
  expect(await count()).toBe(1);

  await page.goto(`${site.url}/runs/new?goal=Only+once`);
  await start.click();
  await expect(page.getByRole("heading", { level: 1, name: "Only once" })).toBeVisible();
  expect(await count()).toBe(2);
});

test("a project is added in place, and the run works in it", async ({ page, own }) => {
  const site = await own({ worker: false });
  await page.goto(`${site.url}/runs/new?goal=Greet&agent=coder`);
  await page.getByRole("button", { name: "Add a project" }).click();
  const form = page.getByRole("group", { name: "New project" });
  await form.getByRole("button", { name: "Add it" }).click();
  await expect(form.getByLabel("Name")).toHaveAccessibleDescription(/at least 1 character/);
  await form.getByLabel("Name").fill("attic");
  await form.getByLabel("Directory").fill(site.directory);
  await form.getByLabel("Directory").press("Enter");
  await expect(page.getByLabel("Project").locator("option:checked")).toContainText("attic");
  await page.getByRole("button", { name: "Start the run" }).click();
  await expect(page).toHaveURL(/\/runs\/\d+$/);
  const [run] = (await site.ask<{ items: { project_id: number }[] }>("GET", "/runs")).items;
  expect(run?.project_id).toBe(1);
});
