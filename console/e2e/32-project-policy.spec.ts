// What runs may do in a project: changed as a form, refused beside the line that is wrong, kept as the API has it.
import type { Schemas } from "../src/api/client";
import { expect, test } from "./harness/test";

test("a policy is changed, refused and kept", async ({ page, site }) => {
  const project = await site.createProject("bakery", { "app.py": "x = 1\n" }, { deny: ["secrets/"] });
  const policy = async () =>
    (await site.ask<Schemas["ProjectPublic"]>("GET", `/projects/${project.id}`)).policy;
  await page.goto(`${site.url}/projects/${project.id}`);
  const save = page.getByRole("button", { name: "Save the policy" });
  await expect(page.getByLabel("Neither")).toHaveValue("secrets/");
  await expect(save).toBeDisabled();

  await page.getByLabel("Checks").fill("pytest -q && rm -r .\n");
  await page.getByLabel("Neither").fill("secrets/\n../other");
  await save.click();
  await expect(page.getByLabel("Checks")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByRole("alert").filter({ hasText: "without a shell" })).toBeVisible();
  await expect(page.getByRole("alert").filter({ hasText: "leads out of the project" })).toBeVisible();
  expect((await policy()).deny).toEqual(["secrets/"]);

  await page.getByLabel("Checks").fill("pytest -q\n\nruff check .");
  await page.getByLabel("Neither").fill("");
  await page.getByLabel("Commits").selectOption("sensitive");
  await page.getByLabel("Ask for the plan before any work").check();
  await page.getByLabel("Model calls").fill("7");
  await save.click();
  await expect(page.getByRole("log", { name: "Notices" })).toContainText("The policy is saved.");
  await expect(save).toBeDisabled();
  expect(await policy()).toMatchObject({
    checks: ["pytest -q", "ruff check ."],
    deny: [],
    approve_commits: "sensitive",
    approve_plan: true,
    budget: { model_calls: 7 },
    check_seconds: 600,
  });

  await page.getByLabel("Model calls").fill("");
  await page.getByRole("button", { name: "Undo the changes" }).click();
  await expect(page.getByLabel("Model calls")).toHaveValue("7");
  await page.getByLabel("Model calls").fill("");
  await save.click();
  await expect(save).toBeDisabled();
  await expect.poll(async () => (await policy()).budget).toBeNull();

  await page.goto(`${site.url}/projects`);
  await expect(page.getByRole("listitem").filter({ hasText: "bakery" })).toContainText(
    "Ask before commits that touch a sensitive file, asks for the plan, 2 checks",
  );
});
