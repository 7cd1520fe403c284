// The frame: every page opens, the keys lead to it, and an address that leads nowhere says so.
import { expect, test } from "./harness/test";

const PAGES = ["Overview", "Runs", "Approvals", "Projects", "Topologies", "Agents", "Workers", "Settings"];

test("every page opens from the navigation", async ({ page, site }) => {
  await page.goto(site.url);
  for (const name of PAGES) {
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
    await expect(page).toHaveTitle(new RegExp(name));
  }
});

test("keys lead to pages, and rest while somebody types", async ({ page, site }) => {
  await page.goto(site.url);
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  await page.keyboard.type("gw");
  await expect(page.getByRole("heading", { level: 1, name: "Workers" })).toBeVisible();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys on this page" })).toContainText("Go to Approvals");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("A page, the number of a run").pressSequentially("gagents");
  await expect(page.getByRole("heading", { level: 1, name: "Workers" })).toBeVisible();
});

test("a dialog that is closed gives the focus back", async ({ page, site }) => {
  await page.goto(site.url);
  const opener = page.getByRole("button", { name: "Search or go to" }).first();
  await opener.press("Enter");
  await expect(page.getByPlaceholder("A page, the number of a run")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(opener).toBeFocused();
});

test("an address that leads nowhere says so", async ({ page, site }) => {
  await page.goto(`${site.url}/no/such/page`);
  await expect(page.getByText("This address leads nowhere")).toBeVisible();
});

for (const [path, said] of [
  ["/runs/999999", "run 999999 does not exist"],
  ["/runs/abc", "“abc” is no number of a run."],
  ["/projects/999999", "project 999999 does not exist"],
  ["/projects/-1", "“-1” is no number of a project."],
  ["/topologies/nope", "there is no topology 'nope'"],
] as const) {
  test(`${path}, which is not there, says so in a page with a way back`, async ({ page, site }) => {
    await page.goto(`${site.url}${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    const content = page.getByRole("main");
    await expect(content).toContainText(said);
    await content.getByRole("link").click();
    await expect(page.getByRole("main")).not.toContainText(said);
  });
}
