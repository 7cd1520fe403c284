// The overview: teaches before there is a run, then shows what goes on and what is wrong.
import { expect, test } from "./harness/test";

test("the first visit teaches, and its demo run works", async ({ page, own }) => {
  const site = await own({ worker: false });
  await page.goto(site.url);
  await expect(page.getByText("No worker is alive")).toBeVisible();
  await expect(page.getByText("agent-runner demo", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Try a demo run" }).dblclick();
  await expect(page).toHaveURL(/\/runs\/1$/);
  await site.startWorker();
  await site.until(1, "COMPLETED");
  expect((await site.ask<{ total: number }>("GET", "/runs?count=true")).total).toBe(1);

  await page.goto(site.url);
  await expect(page.getByRole("navigation", { name: "Runs by state" })).toContainText("Completed1");
  await expect(page.getByText(/In the last 24 hours 1 run was made, 1 completed, 0 failed/)).toBeVisible();
  await page.getByText("As a table").click();
  await expect(page.getByRole("region", { name: "Activity as a table" }).getByRole("row")).toHaveCount(49);
  await expect(page.getByRole("figure", { name: "Queue" }).locator("canvas")).toBeVisible();
});

test("failures, questions and running work are there at a glance", async ({ page, own }) => {
  const site = await own({ settings: { DEMO_STEP_SECONDS: "0.2" } });
  const project = await site.createProject("glance", { "hello.py": "print('hello')\n" });
  const failed = await site.createRun({ goal: "Fail at once", budget: { model_calls: 1 } });
  const asking = await site.createRun({ goal: "Say goodbye", agent: "coder", project_id: project.id });
  await site.until(failed.id, "FAILED");
  await site.until(asking.id, "WAITING");
  await site.stopAll("worker");
  await page.goto(site.url);
  await expect(page.getByRole("link", { name: /Fail at once/ })).toContainText("budget of 1 model calls");
  await expect(page.getByRole("link", { name: /Commit 1 file/ })).toBeVisible();
  await expect(page.getByText("No worker is alive")).toBeVisible();

  await site.startWorker({ DEMO_STEP_SECONDS: "30" });
  const running = await site.createRun({ goal: "Take long" });
  await site.until(running.id, "RUNNING");
  await expect(page.getByRole("link", { name: /Take long/ })).toBeVisible();
  await expect(page.getByText("No worker is alive")).toBeHidden();
  await expect(page.getByText(/^1 of \d+ slots busy$/)).toBeVisible();
});

test("the queue is worked off at a press, with no worker alive", async ({ page, own }) => {
  const site = await own({ worker: false });
  const run = await site.createRun({ goal: "Wait for a press" });
  await page.goto(`${site.url}/workers`);
  await expect(page.getByText("No worker is alive", { exact: true })).toBeVisible();
  await expect(page.getByRole("link", { name: /Queued$/ })).toContainText("1");
  await page.getByRole("button", { name: "Process now" }).click();
  await expect(
    page.getByRole("status").filter({ hasText: "a process works on 1 queued runs" }),
  ).toBeVisible();
  await site.until(run.id, "COMPLETED");
  await expect(page.getByRole("link", { name: /Queued$/ })).toContainText("0");
});
