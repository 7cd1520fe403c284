// A change is approved with the keyboard alone; and no single key does it.
import { expect, test } from "./harness/maker";

test("from anywhere to the commit without a pointer", async ({ page, workshop }) => {
  const { site } = workshop;
  const { run } = await workshop.waiting("Approve me by keyboard", {
    files: [{ path: "a.txt", text: "one\n" }],
  });
  await page.goto(site.url);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.type("ga");
  const item = page
    .getByRole("region", { name: "Open questions" })
    .getByRole("link", { name: /Approve me by keyboard/ });
  await expect(item).toBeVisible();
  for (let step = 0; step < 20 && (await item.getAttribute("aria-current")) !== "true"; step += 1) {
    await page.keyboard.press("j");
  }
  await expect(item).toHaveAttribute("aria-current", "true");
  const question = page.getByRole("region", { name: `Open question of run ${run.id}` });
  await expect(question).toBeVisible();
  await page.keyboard.press("Enter");
  await page.keyboard.press("x");
  await expect(question.getByLabel("Comment")).toBeFocused();
  await page.keyboard.type("fine a x");
  await expect(question.getByLabel("Comment")).toHaveValue("fine a x");
  await page.keyboard.press("Tab");
  const approve = question.getByRole("button", { name: "Approve and commit" });
  await expect(approve).toBeFocused();
  await page.keyboard.press("x");
  await expect(question.getByLabel("Comment")).toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("a");
  await expect(approve).toBeFocused();
  expect((await site.run(run.id)).status).toBe("WAITING");
  await page.keyboard.press("Enter");
  await site.until(run.id, "COMPLETED");
});
