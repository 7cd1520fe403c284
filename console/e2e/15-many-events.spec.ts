// Ten thousand events: few nodes, no long task, and every line can be reached.
import { addEvents } from "./harness/events";
import { badge, shownEvents } from "./harness/run_page";
import { longestTask } from "./harness/tasks";
import { expect, test } from "./harness/test";

const MOST_NODES = 3_000;
const LONGEST_TASK_MS = 200;

test.describe("ten thousand events", () => {
  test("are shown with few nodes and without a long task, followed and filtered", async ({
    browser,
    page,
    own,
  }) => {
    const site = await own({ worker: false });
    const { id } = await site.createRun({ goal: "Talk a lot" });
    addEvents(site, id, 9_999);
    const longest = await longestTask(browser, page, async () => {
      await page.goto(`${site.url}/runs/${id}`);
      await expect(badge(page)).toContainText("10,000 events");
      await expect(page.locator("[data-event='10000']")).toBeVisible();
      const nodes = () => page.evaluate(() => document.querySelectorAll("*").length);
      expect(await nodes()).toBeLessThan(MOST_NODES);

      const list = page.getByRole("region", { name: "Events" });
      await list.evaluate((box) => box.scrollTo(0, box.scrollHeight / 2));
      await expect(page.locator("[data-event='10000']")).toHaveCount(0);
      await expect(page.getByRole("button", { name: "Follow", exact: true })).toBeVisible();
      expect(await nodes()).toBeLessThan(MOST_NODES);

      const middle = await shownEvents(page);
      addEvents(site, id, 500);
      await expect(page.getByRole("button", { name: "500 new" })).toBeVisible();
      expect(await shownEvents(page), "nothing moves under the pointer").toEqual(middle);
      await page.getByRole("button", { name: "500 new" }).click();
      await expect(page.locator("[data-event='10500']")).toBeVisible();

      await page.keyboard.press("/");
      await page.keyboard.type("do thing 7771");
      await expect(page.getByRole("button", { name: "10,499 events hidden by filter" })).toBeVisible();
      expect(await shownEvents(page)).toEqual([7771]);
      await expect(page).toHaveURL(/text=do\+thing\+7771/);
    });
    expect(longest).toBeLessThanOrEqual(LONGEST_TASK_MS);
  });

  test("are walked by keys, and each has an address", async ({ page, own }) => {
    const site = await own({ worker: false });
    const { id } = await site.createRun({ goal: "Talk a lot" });
    addEvents(site, id, 9_999);
    await page.goto(`${site.url}/runs/${id}?event=5001`);
    const detail = page.getByRole("complementary", { name: /Event/ });
    await expect(detail).toContainText("MODEL_CALL");
    await expect(page.locator("[data-event='5001']")).toBeInViewport();
    await page.keyboard.press("j");
    await expect(page).toHaveURL(/event=5002/);
    await expect(detail).toContainText("sh check.sh 5002");
    await page.keyboard.press("k");
    await page.keyboard.press("k");
    await expect(page).toHaveURL(/event=5000/);
    await page.keyboard.press("Enter");
    await expect(detail).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(detail).toBeHidden();
    await page.keyboard.press("l");
    await expect(page.locator("[data-event='10000']")).toBeVisible();
  });
});
