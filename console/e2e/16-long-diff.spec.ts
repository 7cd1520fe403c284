// A diff of 20,000 lines does not freeze the page, whether it is one file or many.
import type { Page } from "@playwright/test";
import { expect, test } from "./harness/maker";
import { longestTask } from "./harness/tasks";

const LONGEST_TASK_MS = 200;

const nodes = (page: Page): Promise<number> => page.evaluate(() => document.querySelectorAll("*").length);

/** From the top to the bottom, as fast as the page draws. */
const scrollThrough = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const drawn = () => new Promise((resolve) => requestAnimationFrame(resolve));
    window.scrollTo(0, 0);
    for (let height = 0; height < document.documentElement.scrollHeight; height += 3_000) {
      window.scrollTo(0, height);
      await drawn();
      await drawn();
    }
    window.scrollTo(0, document.documentElement.scrollHeight);
  });

test("one file of 20,000 lines is closed, opens at once, and is read to its end", async ({
  page,
  browser,
  workshop,
}) => {
  const { run } = await workshop.waiting("Write much", { files: [{ path: "long.txt", lines: 20_000 }] });
  await page.goto(`${workshop.site.url}/runs/${run.id}/review`);
  const file = page.getByRole("article", { name: "long.txt" });
  await expect(file.getByRole("button", { expanded: false })).toBeVisible();
  await expect(page.getByText("line 1 of long.txt")).toHaveCount(0);
  const longest = await longestTask(browser, page, async () => {
    await file.getByRole("button", { expanded: false }).click();
    await expect(page.getByText("line 1 of long.txt", { exact: true })).toBeVisible();
    await scrollThrough(page);
    await expect(page.getByText("line 20000 of long.txt", { exact: true })).toBeInViewport();
  });
  expect(longest).toBeLessThanOrEqual(LONGEST_TASK_MS);
  expect(await nodes(page)).toBeLessThan(6_000);
});

test("of many files the first 20 are open, and keys go from one to the next", async ({
  page,
  browser,
  workshop,
}) => {
  const files = Array.from({ length: 60 }, (_, place) => ({
    path: `part-${String(place).padStart(2, "0")}.txt`,
    lines: 350,
  }));
  const { run } = await workshop.waiting("Write many", { files });
  await page.goto(`${workshop.site.url}/runs/${run.id}/review`);
  await expect(page.getByText("line 1 of part-00.txt", { exact: true })).toBeVisible();
  await expect(page.locator("[data-file][aria-expanded=true]")).toHaveCount(20);
  await expect(page.locator("[data-file][aria-expanded=false]")).toHaveCount(40);
  await page.keyboard.press("]");
  await page.keyboard.press("]");
  await page.keyboard.press("]");
  const second = page.getByRole("article", { name: "part-02.txt" }).locator("[data-file]");
  await expect(second).toBeFocused();
  await expect(second).toBeInViewport();
  await page.keyboard.press("[");
  await expect(page.getByRole("article", { name: "part-01.txt" }).locator("[data-file]")).toBeFocused();
  const list = page.getByRole("navigation", { name: "Files of the diff" });
  await list.getByRole("link", { name: /part-59/ }).click();
  await expect(page.getByText("line 1 of part-59.txt", { exact: true })).toBeInViewport();
  const longest = await longestTask(browser, page, () => scrollThrough(page));
  expect(longest).toBeLessThanOrEqual(LONGEST_TASK_MS);
});
