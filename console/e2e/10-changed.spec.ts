// A diff that has changed is not approved by somebody who read the old one: the API says 409, and the page the way to the new one.
import { expect, test } from "./harness/maker";

const wanted = { files: [{ path: "a.txt", text: "one\n" }], again: [{ path: "a.txt", text: "two\n" }] };

test("what was read is no longer what is asked", async ({ page, workshop }) => {
  const { site } = workshop;
  const { run, question } = await workshop.waiting("Write one", wanted);
  await page.goto(`${site.url}/runs/${run.id}/review`);
  await expect(page.getByRole("article", { name: "a.txt" })).toContainText("one");
  await page.getByLabel("Comment").fill("I like the one");
  // This page does not learn of it before it is too late.
  await page.route(/\/api\/(approvals|runs\/\d+$)/, (route) => route.abort());
  await site.ask("POST", `/runs/${run.id}/reject`, {
    comment: "two",
    revise: true,
    approval_id: question.id,
  });
  await expect.poll(async () => (await site.run(run.id)).status).toBe("WAITING");
  const answer = page.waitForResponse((response) => response.url().endsWith("/approve"));
  await page.getByRole("button", { name: "Approve and commit" }).click();
  expect((await answer).status()).toBe(409);
  await expect(page.getByText(/Not sent: approval \d+ of run \d+ is REJECTED/)).toBeVisible();
  await expect(page.getByLabel("Comment")).toHaveValue("I like the one");
  await page.unroute(/\/api\/(approvals|runs\/\d+$)/);
  await page.getByRole("button", { name: "Load the new one" }).first().click();
  await expect(page.getByRole("article", { name: "a.txt" })).toContainText("two");
  await expect(page.getByLabel("Comment")).toHaveValue("I like the one");
  await expect(page.getByText("Not sent")).toHaveCount(0);
  await page.getByRole("button", { name: "Approve and commit" }).click();
  await site.until(run.id, "COMPLETED");
});

test("what somebody else decides is a notice, and the page does not change under the reader", async ({
  page,
  workshop,
}) => {
  const { site } = workshop;
  const { run, question } = await workshop.waiting("Write one", wanted);
  await page.goto(`${site.url}/runs/${run.id}/review`);
  await expect(page.getByRole("article", { name: "a.txt" })).toContainText("one");
  await site.ask("POST", `/runs/${run.id}/reject`, {
    comment: "two",
    revise: true,
    approval_id: question.id,
  });
  const notice = page.getByRole("alert").filter({ hasText: "while you had it open" });
  await expect(notice).toContainText("Sent back by local");
  await expect(notice).toContainText("The run asks something new now");
  await expect(page.getByRole("article", { name: "a.txt" })).toContainText("one");
  await expect(page.getByRole("button", { name: "Approve and commit" })).toBeDisabled();
  await notice.getByRole("button", { name: "Load the new one" }).click();
  await expect(page.getByRole("article", { name: "a.txt" })).toContainText("two");
  await expect(page.getByRole("button", { name: "Approve and commit" })).toBeEnabled();
});
