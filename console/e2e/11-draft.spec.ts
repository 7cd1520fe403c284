// A half-typed comment survives live updates, other tabs of the run and a reload; sent, it is gone.
import { expect, test } from "./harness/maker";

test("a half-typed comment is not lost", async ({ page, workshop }) => {
  const { site } = workshop;
  const { run } = await workshop.waiting("Write one", { files: [{ path: "a.txt", text: "one\n" }] });
  await page.goto(`${site.url}/runs/${run.id}/review`);
  const comment = page.getByLabel("Comment");
  await comment.fill("half a sen");
  const asked = () => page.waitForResponse((response) => response.url().includes(`run_id=${run.id}`));
  await asked();
  await asked();
  await expect(comment).toHaveValue("half a sen");
  await expect(comment).toBeFocused();
  await page.getByRole("link", { name: "Artifacts" }).click();
  await expect(page.getByRole("navigation", { name: "Files" })).toBeVisible();
  await page.getByRole("link", { name: "Review" }).click();
  await expect(comment).toHaveValue("half a sen");
  await page.reload();
  await expect(comment).toHaveValue("half a sen");
  await page.goto(`${site.url}/approvals?run=${run.id}`);
  await expect(comment).toHaveValue("half a sen");
  await page.getByRole("button", { name: "Approve and commit" }).click();
  await site.until(run.id, "COMPLETED");
  expect(
    await page.evaluate(() => Object.keys(sessionStorage).filter((name) => name.includes("draft"))),
  ).toEqual([]);
  const { items } = await site.ask<{ items: { comment: string }[] }>("GET", `/approvals?run_id=${run.id}`);
  expect(items[0]?.comment).toBe("half a sen");
});
