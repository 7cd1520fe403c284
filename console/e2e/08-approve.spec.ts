// Approving a change commits exactly what was shown, and the commit is shown with the command that merges it.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "./harness/maker";

test("approve leads to the commit", async ({ page, workshop }) => {
  const { run } = await workshop.waiting("Add a greeting", {
    files: [{ path: "greet.py", text: 'print("hello")\n' }],
    summary: "Greet whoever comes\n\nIt says hello.",
  });
  await page.goto(`${workshop.site.url}/runs/${run.id}/review`);
  const question = page.getByRole("region", { name: `Open question of run ${run.id}` });
  await expect(question).toContainText("Commit 1 file (+1 -0)");
  await expect(question).toContainText("Greet whoever comes");
  await expect(page.getByRole("article", { name: "greet.py" })).toContainText('print("hello")');
  await question.getByRole("button", { name: "Approve and commit" }).click();
  const commit = page.getByRole("region", { name: "Commit" });
  await expect(commit).toContainText(`git merge agent/run-${run.id}`);
  await expect(question).toHaveCount(0);
  await expect(page.getByRole("region", { name: "Decisions" })).toContainText("Approved");
  const { result } = await workshop.site.until(run.id, "COMPLETED");
  const { commit: id, branch } = result as { commit: string; branch: string };
  await expect(commit).toContainText(id.slice(0, 12));
  const project = join(workshop.site.directory, (await workshop.projectOf(run)).name);
  const shown = execFileSync("git", ["-C", project, "show", `${branch}:greet.py`], { encoding: "utf8" });
  expect(shown).toBe('print("hello")\n');
});

test("flags need a tick each before anything is sent", async ({ page, workshop }) => {
  const { run, question } = await workshop.waiting("Hide something", {
    files: [
      { path: "a.txt", text: "one \u202e two\n" },
      { path: "b.txt", text: "zero\u200bwidth\n" },
    ],
  });
  expect(question.question.flags).toHaveLength(2);
  await page.goto(`${workshop.site.url}/runs/${run.id}/review`);
  const approve = page.getByRole("button", { name: "Approve and commit" });
  await approve.click();
  await expect(page.getByText("Each needs a tick before the change can be approved.")).toBeVisible();
  await expect(page.getByRole("checkbox").first()).toBeFocused();
  await page.getByRole("checkbox", { name: /a\.txt:1/ }).check();
  await approve.click();
  await expect(page.getByRole("checkbox", { name: /b\.txt:1/ })).toBeFocused();
  expect((await workshop.site.run(run.id)).status).toBe("WAITING");
  await page.getByRole("checkbox", { name: /b\.txt:1/ }).check();
  await approve.click();
  await workshop.site.until(run.id, "COMPLETED");
});

test("answers, permissions and budgets are given on the page Approvals, one after the other", async ({
  page,
  workshop,
}) => {
  const { site } = workshop;
  const asks = (text: string, wants: "text" | "approval") => ({ asks: [{ key: "ask", text, wants }] });
  const one = await site.createRun({
    goal: "Ask for words",
    agent: "host:maker",
    input: asks("Red or blue?", "text"),
  });
  await site.until(one.id, "WAITING");
  const other = await site.createRun({
    goal: "Ask for leave",
    agent: "host:maker",
    input: asks("May the index go?", "approval"),
  });
  await site.until(other.id, "WAITING");
  const dear = await site.createRun({ goal: "Cost much", budget: { model_calls: 1 }, on_budget: "ask" });
  await site.until(dear.id, "WAITING");
  await page.goto(`${site.url}/approvals?run=${one.id}`);
  await expect(page.getByRole("heading", { name: "Red or blue?" })).toBeVisible();
  await page.getByRole("button", { name: "Send the answer" }).click();
  await expect(page.getByText("Write what the agent shall be told.")).toBeVisible();
  await page.getByLabel("Your answer").last().fill("blue");
  await page.getByRole("button", { name: "Send the answer" }).click();
  await site.until(one.id, "COMPLETED");
  await page.getByRole("link", { name: /Ask for leave/ }).click();
  await expect(page.getByRole("heading", { name: "May the index go?" })).toBeVisible();
  await page.getByRole("button", { name: "Allow it" }).click();
  await site.until(other.id, "COMPLETED");
  await page.getByRole("link", { name: /Cost much/ }).click();
  await expect(page.getByText("1 model calls more, from what is used now")).toBeVisible();
  await page.getByRole("button", { name: "Grant more" }).click();
  await expect(page.getByText("Approved. The run goes on.").last()).toBeVisible();
  await expect(page.getByRole("link", { name: /Ask for words|Ask for leave/ })).toHaveCount(0);
});
