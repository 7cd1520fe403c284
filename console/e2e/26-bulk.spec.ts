// Many runs at once: selected, asked, changed, and told run by run.
import { expect, test } from "./harness/test";

const LATER = "2100-01-01T00:00:00Z";

test("the selected runs are cancelled after a question, and what could not be is said", async ({
  page,
  own,
}) => {
  const site = await own();
  const done = await site.createRun({ goal: "Done already" });
  await site.until(done.id, "COMPLETED");
  const runs = [];
  for (const name of ["one", "two", "three", "four"]) {
    runs.push(await site.createRun({ goal: `Later ${name}`, available_at: LATER }));
  }
  const [one, two, three, four] = runs.map(({ id }) => id) as [number, number, number, number];
  await page.goto(`${site.url}/runs`);
  const box = (id: number) => page.getByRole("checkbox", { name: `Select run ${id}`, exact: true });
  await box(three).click();
  await box(one).click({ modifiers: ["Shift"] });
  await box(done.id).click();
  for (const id of [one, two, three, done.id]) await expect(box(id)).toBeChecked();
  await expect(box(four)).not.toBeChecked();

  const bar = page.getByRole("region", { name: "Selected runs" });
  await expect(bar).toContainText("4 runs selected");
  await bar.getByRole("button", { name: "Cancel" }).click();
  const question = page.getByRole("dialog", { name: "Cancel 4 runs?" });
  await question.getByRole("button", { name: "Keep it as it is" }).click();
  expect((await site.run(one)).status).toBe("QUEUED");

  await bar.getByRole("button", { name: "Cancel" }).click();
  await question.getByRole("button", { name: "Cancel 4 runs" }).click();
  const result = page.getByRole("dialog", { name: "Cancel", exact: true });
  await expect(result).toContainText("3 runs are cancelled");
  await expect(result).toContainText("1 run was left as it was");
  await expect(result).toContainText(`run ${done.id} is COMPLETED`);
  await result.getByRole("button", { name: "Close" }).last().click();
  await expect(bar).toBeHidden();
  for (const id of [one, two, three]) {
    expect((await site.run(id)).status).toBe("CANCELLED");
    await expect(page.getByRole("row").filter({ has: box(id) })).toContainText("Cancelled");
  }
  expect((await site.run(four)).status).toBe("QUEUED");
});

test("all that match are retried, loaded or not, and no others", async ({ page, own }) => {
  const site = await own({ worker: false });
  const ids: number[] = [];
  for (let index = 0; index < 120; index += 1) {
    ids.push((await site.createRun({ goal: `Batch ${index}`, available_at: LATER })).id);
  }
  const other = await site.createRun({ goal: "Of another kind", available_at: LATER });
  await site.ask("POST", "/runs/cancel", { ids: [...ids, other.id] });
  await page.goto(`${site.url}/runs?text=batch`);
  await page.getByRole("checkbox", { name: "Select all that are loaded" }).check();
  const bar = page.getByRole("region", { name: "Selected runs" });
  await bar.getByRole("button", { name: "Select all 120 that match" }).click();
  await expect(bar).toContainText("120 runs selected");
  await bar.getByRole("button", { name: "Retry" }).click();
  await page.getByRole("button", { name: "Retry 120 runs" }).click();
  await expect(page.getByRole("dialog", { name: "Retry" })).toContainText("120 runs are queued again");
  const queued = await site.ask<{ total: number }>("GET", "/runs?status=QUEUED&count=true&limit=1");
  expect(queued.total).toBe(120);
  expect((await site.run(other.id)).status).toBe("CANCELLED");
});
