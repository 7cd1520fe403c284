// A project is added, and a run is started in it, by a person who knows no command.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "./harness/test";

test("a project, then a run in it", async ({ page, site }) => {
  const path = join(site.directory, "shop");
  mkdirSync(path);
  execFileSync("git", ["-C", path, "init"], { stdio: "ignore" });
  await page.goto(`${site.url}/projects`);
  await page.getByRole("link", { name: "Add a project" }).click();
  await page.getByLabel("Name").fill("Shop");
  await page.getByLabel("Directory").fill(path);
  await page.getByRole("button", { name: "Add the project" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Shop" })).toBeVisible();
  await expect(page.getByText("Found", { exact: true })).toBeVisible();
  await expect(page.getByText("No run yet")).toBeVisible();

  await page.getByRole("link", { name: "Run in it" }).click();
  await expect(page.getByLabel("Project", { exact: true })).toHaveValue(/^\d+$/);
  await page.getByRole("textbox", { name: "Goal" }).fill("Look at the shop");
  await page.getByRole("button", { name: "Start the run" }).click();
  await expect(page).toHaveURL(/\/runs\/\d+/);
  const run = await site.until(Number(new URL(page.url()).pathname.split("/")[2]), "COMPLETED");
  expect(run.goal).toBe("Look at the shop");
  expect(run.project_id).not.toBeNull();

  await page.goto(`${site.url}/projects/${run.project_id}`);
  await expect(page.getByRole("region", { name: "Latest runs" }).getByRole("listitem")).toContainText([
    /Completed.*Look at the shop/,
  ]);
  await page.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete the project Shop?" });
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(dialog.getByRole("alert")).toContainText(`has runs, for example run ${run.id}`);
  await dialog.getByRole("button", { name: "Keep it as it is" }).click();
  await expect(dialog).toBeHidden();
});

test("a directory that is not there is said, and the project can be moved and deleted", async ({
  page,
  site,
}) => {
  await page.goto(`${site.url}/projects?new`);
  await page.getByLabel("Name").fill("Nowhere");
  await page.getByLabel("Directory").fill("/no/such/place");
  await page.getByRole("button", { name: "Add the project" }).click();
  await expect(page.getByRole("status").filter({ hasText: "/no/such/place" })).toContainText(
    "The API sees no directory at /no/such/place",
  );
  await page.getByRole("link", { name: "Rename or move" }).click();
  await page.getByLabel("Directory").fill(site.directory);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Found", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Projects" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Nowhere" })).toHaveCount(0);
});
