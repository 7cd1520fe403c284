// The settings page: the theme of this browser, and what the API says of itself.
import { expect, test } from "./harness/test";

test("the API tells its health and its settings, and no secret", async ({ page, own }) => {
  const site = await own({ worker: false, settings: { OPENAI_API_KEY: "sk-very-secret-value" } });
  await page.goto(`${site.url}/settings`);
  const worker = page.getByRole("listitem").filter({ hasText: /: worker/ });
  await expect(worker).toContainText("Next:");
  await site.startWorker();
  await page.getByRole("button", { name: "Look again" }).click();
  await expect(worker).toContainText("Well: worker 1 alive");

  await page.getByRole("searchbox", { name: "Filter settings" }).fill("openai key");
  const setting = page.getByRole("listitem").filter({ hasText: "OPENAI_API_KEY" });
  await expect(setting).toContainText("********");
  await expect(setting).toContainText("set");
  expect(await page.content()).not.toContain("sk-very-secret-value");
  await page.getByRole("searchbox", { name: "Filter settings" }).fill("");
  await page.getByLabel("Only what is set").check();
  await expect(page.getByRole("listitem").filter({ hasText: "API_PORT" })).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "MGX_MAX_ROUNDS" })).toHaveCount(0);
});

test("the theme is chosen, and stays", async ({ page, site }) => {
  await page.goto(`${site.url}/settings`);
  const html = page.locator("html");
  await expect(html).toHaveAttribute("data-theme", "light");
  await page.getByRole("radio", { name: "Dark" }).check();
  await expect(html).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(html).toHaveAttribute("data-theme", "dark");
  await page.getByRole("radio", { name: "As the system" }).check();
  await expect(html).toHaveAttribute("data-theme", "light");
});
