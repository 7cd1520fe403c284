// Whoever rejects or sends back says why; sent back, the agent tries again, rejected, the run is cancelled.
import { expect, test } from "./harness/maker";

const wanted = { files: [{ path: "a.txt", text: "one\n" }], again: [{ path: "a.txt", text: "two\n" }] };

test("without a comment nothing is sent", async ({ page, workshop }) => {
  const { run } = await workshop.waiting("Write one", wanted);
  await page.goto(`${workshop.site.url}/runs/${run.id}/review`);
  for (const name of ["Send back for another try", "Reject and cancel the run"]) {
    await page.getByRole("button", { name }).click();
    await expect(page.getByText("Say why: the agent and the run are told.")).toBeVisible();
    await expect(page.getByLabel("Comment")).toBeFocused();
  }
  await page.getByLabel("Comment").fill("   ");
  await page.getByRole("button", { name: "Reject and cancel the run" }).click();
  expect((await workshop.site.run(run.id)).status).toBe("WAITING");
});

test("sent back, the agent shows another change, and the first round stays readable", async ({
  page,
  workshop,
}) => {
  const { run } = await workshop.waiting("Write one", wanted);
  await page.goto(`${workshop.site.url}/runs/${run.id}/review`);
  await page.getByLabel("Comment").fill("two instead");
  await page.getByRole("button", { name: "Send back for another try" }).click();
  await expect(page.getByRole("article", { name: "a.txt" })).toContainText("two");
  await expect(page.getByLabel("Comment")).toHaveValue("");
  const decisions = page.getByRole("region", { name: "Decisions" });
  await expect(decisions).toContainText("Sent back");
  await expect(decisions).toContainText("two instead");
});

test("rejected, the run is cancelled and says why", async ({ page, workshop }) => {
  const { run } = await workshop.waiting("Write one", wanted);
  await page.goto(`${workshop.site.url}/runs/${run.id}/review`);
  await page.getByLabel("Comment").fill("not needed any more");
  await page.getByRole("button", { name: "Reject and cancel the run" }).click();
  await workshop.site.until(run.id, "CANCELLED");
  const decisions = page.getByRole("region", { name: "Decisions" });
  await expect(decisions).toContainText("Rejected");
  await expect(decisions).toContainText("not needed any more");
});
