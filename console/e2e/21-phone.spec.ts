// On a phone the step that failed is seen without scrolling sideways.
import { expect, test } from "./harness/test";

test.use({ viewport: { width: 375, height: 812 }, hasTouch: true });

test("a failed run says at once in which step and why", async ({ page, site }) => {
  const { id } = await site.createRun({
    goal: `Fail on a small screen ${"with-a-word-that-is-far-too-long-for-it".repeat(6)}`,
    budget: { model_calls: 1 },
  });
  await site.until(id, "FAILED");
  await page.goto(`${site.url}/runs/${id}`);
  await expect(page.locator("[data-failed-step]")).toBeInViewport({ ratio: 0.5 });
  await expect(page.getByRole("region", { name: "Why it failed" }).getByRole("heading")).toBeInViewport();
  for (const tab of ["Timeline", "Journal", "Raw"]) {
    await page.getByRole("link", { name: tab, exact: true }).click();
    await expect(page.getByRole("link", { name: tab, exact: true })).toHaveAttribute("aria-current", "page");
    await expect(
      page.getByRole("region", {
        name: { Timeline: "Events", Journal: "Steps", Raw: "Every event" }[tab] ?? "",
      }),
    ).toBeVisible();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, tab).toBeLessThanOrEqual(375);
  }
  await page.getByRole("link", { name: "Timeline", exact: true }).click();
  const failed = page.locator("[data-type=RUN_FAILED]");
  await failed.scrollIntoViewIfNeeded();
  const box = await failed.boundingBox();
  expect(box && box.x >= 0 && box.x + box.width <= 375).toBe(true);
  await failed.click();
  await expect(page.getByRole("dialog")).toContainText("RUN_FAILED");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});
