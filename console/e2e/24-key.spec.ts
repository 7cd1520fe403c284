// An API that wants a key: the form asks for it, keeps it as long as it is told to, and forgets it.
import { expect, test } from "./harness/test";

const KEY = "correct-horse-battery";

test("401 leads to a form; a wrong key is said, the right one opens the page", async ({
  page,
  own,
  context,
}) => {
  const site = await own({ worker: false, key: KEY, settings: { API_KEYS: KEY } });
  await site.createRun({ goal: "Behind a door" });
  await page.goto(`${site.url}/runs?text=door`);
  const form = page.getByRole("form", { name: "API key", exact: true });
  await form.getByLabel("API key").fill("wrong-horse-battery");
  await form.getByRole("button", { name: "Continue" }).click();
  await expect(form.getByText("The API does not know the key that was sent.")).toBeVisible();
  await expect(page.getByRole("link", { name: "Behind a door" })).toHaveCount(0);

  await form.getByLabel("API key").fill(KEY);
  await form.getByRole("button", { name: "Continue" }).click();
  await expect(form).toBeHidden();
  await expect(page.getByRole("link", { name: "Behind a door" })).toBeVisible();
  expect(page.url()).not.toContain(KEY);
  await page.reload();
  await expect(page.getByRole("link", { name: "Behind a door" })).toBeVisible();

  const other = await context.newPage();
  await other.goto(`${site.url}/runs`);
  await expect(other.getByRole("form", { name: "API key", exact: true })).toBeVisible();
  await other.close();

  await page.goto(`${site.url}/settings`);
  await expect(page.getByText("A key is kept for this tab")).toBeVisible();
  await page.getByRole("button", { name: "Forget the key" }).click();
  await expect(form).toBeVisible();
});

test("a key that is kept for good opens every tab", async ({ page, own, context }) => {
  const site = await own({ worker: false, key: KEY, settings: { API_KEYS: KEY } });
  await page.goto(`${site.url}/settings`);
  const form = page.getByRole("form", { name: "API key", exact: true });
  await form.getByLabel("API key").fill(KEY);
  await form.getByLabel("Keep it in this browser").check();
  await form.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByText("A key is kept in this browser")).toBeVisible();
  const other = await context.newPage();
  await other.goto(`${site.url}/runs`);
  await expect(other.getByText("No runs yet")).toBeVisible();
});
