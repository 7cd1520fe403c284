// A topology is made from an example: wrongly first, which the API says beside the form, then rightly, then a new version.
import { expect, test } from "./harness/test";

test("wrongly, rightly, anew, deleted", async ({ page, own }) => {
  const site = await own({ worker: false });
  await page.goto(`${site.url}/agents`);
  await page.getByRole("link", { name: "Make the first one" }).click();
  await page.getByLabel("Name", { exact: true }).fill("critic");
  await page.getByLabel("Role", { exact: true }).selectOption("critic");
  await page.getByLabel("reasoning", { exact: true }).check();
  await page.getByRole("button", { name: "Save the agent type" }).click();
  await expect(page.getByRole("link", { name: /^critic/ })).toHaveAttribute("aria-expanded", "true");

  await page.getByRole("link", { name: "Edit" }).click();
  await expect(page.getByLabel("Name", { exact: true })).not.toBeEditable();
  await expect(page.getByLabel("reasoning", { exact: true })).toBeChecked();
  await page.getByLabel("Description", { exact: true }).fill("Doubts.");
  await page.getByRole("button", { name: "Save as a new version" }).click();
  const critic = page.getByRole("link", { name: /^critic/ });
  await expect(critic).toContainText("Doubts., reasoning");
  await expect(critic).toContainText("version 2");

  await page.goto(`${site.url}/topologies`);
  await page.getByRole("link", { name: /^Debate All state positions/ }).click();
  const text = page.getByLabel("Config and slots, as JSON");
  await expect(text).toHaveValue(/"debaters": \[\s*"critic",\s*"critic"\s*\]/);
  await page.getByLabel("Name", { exact: true }).fill("Argue it");
  await page.getByRole("link", { name: /^Ensemble / }).click();
  await expect(text).toHaveValue(/"members"/);
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Argue it");
  await text.fill("mine");
  await page.getByRole("link", { name: /^Debate / }).click();
  await expect(text).toHaveValue(/"debaters"/);
  await page.getByRole("link", { name: /^Ensemble / }).click();
  await expect(text).toHaveValue("mine");
  await page.getByRole("link", { name: /^Debate / }).click();
  await page.getByRole("button", { name: "Create the topology" }).click();
  await expect(page.getByRole("alert")).toContainText("(got 'Argue it')");

  await page.getByLabel("Name", { exact: true }).fill("argue");
  const right = await text.inputValue();
  await text.fill(right.replace('"critic"', '"nobody"'));
  await page.getByRole("button", { name: "Create the topology" }).click();
  await expect(page.getByRole("alert")).toContainText("the topology 'argue' has the agent 'nobody'");
  await expect(page.getByRole("alert")).toContainText("Next: agents that are there: critic");
  await text.fill("{");
  await page.getByRole("button", { name: "Create the topology" }).click();
  await expect(page.getByText("This is no JSON")).toBeVisible();

  await text.fill(right);
  await page.getByRole("button", { name: "Create the topology" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "argue" })).toBeVisible();
  await expect(page.getByText("Debate, version 1")).toBeVisible();
  await expect(page.getByRole("treeitem")).toHaveCount(3);
  await expect(page.getByText("more than half have one position")).toBeVisible();

  await page.getByRole("link", { name: "Edit" }).click();
  await text.fill(right.replace('"majority"', '"unanimous"'));
  await page.getByRole("button", { name: "Save as a new version" }).click();
  await expect(page.getByText("Debate, version 2")).toBeVisible();
  await expect(page.getByText("all have one position")).toBeVisible();

  await expect(page.getByRole("link", { name: "Run it" })).toHaveAttribute(
    "href",
    "/runs/new?agent=topology:argue",
  );
  await page.goto(`${site.url}/agents?agent=critic`);
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("dialog").getByRole("alert")).toContainText("stands in topologies: argue");

  await page.goto(`${site.url}/topologies/argue`);
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("No topology yet")).toBeVisible();
});

test("each pattern's example is one that the API takes", async ({ page, own }) => {
  const site = await own({ worker: false });
  for (const name of ["ann", "bob", "cid"]) await site.ask("POST", "/agents", { name });
  await page.goto(`${site.url}/topologies`);
  const cards = page.getByRole("region", { name: "The seven patterns" }).getByRole("link");
  await expect(cards).toHaveCount(7);
  for (let place = 0; place < 7; place++) {
    await page.goto(`${site.url}/topologies`);
    await cards.nth(place).click();
    await page.getByLabel("Name", { exact: true }).fill(`made-${place}`);
    await page.getByRole("button", { name: "Create the topology" }).click();
    await expect(page.getByRole("heading", { level: 1, name: `made-${place}` })).toBeVisible();
    await expect(page.getByRole("region", { name: "Drawing" })).toContainText("output");
  }
});
