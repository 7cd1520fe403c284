// Goals, errors and names of projects are text in every list, whatever they hold.
import { expect, test } from "./harness/test";

const MARKUP = `<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>`;
const MODEL = "openai:<img/src=x/onerror=window.hacked=3>";

test("in the list of runs, on the overview and in the form", async ({ page, own }) => {
  const site = await own();
  const project = await site.ask<{ id: number }>("POST", "/projects", {
    name: MARKUP,
    local_path: site.directory,
  });
  const failed = await site.createRun({ goal: MARKUP, model: MODEL, project_id: project.id });
  expect((await site.until(failed.id, "FAILED")).error).toContain(MODEL);

  await page.goto(`${site.url}/runs`);
  const row = page.getByRole("row", { name: MARKUP });
  await expect(row.getByRole("link", { name: MARKUP })).toBeVisible();
  await expect(row).toContainText(MODEL);
  await expect(page.getByRole("combobox", { name: "Project" })).toContainText(MARKUP);

  await page.goto(site.url);
  const failure = page.getByRole("link", { name: MODEL });
  await expect(failure).toContainText(MARKUP);

  await page.goto(`${site.url}/runs/new?from=${failed.id}`);
  await expect(page.getByRole("textbox", { name: "Goal" })).toHaveValue(MARKUP);
  await page.goto(`${site.url}/runs/new?agent=${encodeURIComponent(MARKUP)}`);
  await expect(page.getByText(`has ${MARKUP} now`)).toBeVisible();
  await page.goto(`${site.url}/runs?agent=${encodeURIComponent(MARKUP)}&text=${encodeURIComponent(MARKUP)}`);
  await expect(page.getByText("No run matches")).toBeVisible();

  await expect(page.locator("img[src='x']")).toHaveCount(0);
  expect(await page.evaluate(() => (window as unknown as { hacked?: number }).hacked)).toBeUndefined();
});
