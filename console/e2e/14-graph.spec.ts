// The graph of a run: states as they come to be without a reload, the list that keys walk through, stacks, and links.
import type { Page } from "@playwright/test";
import type { Site } from "./harness/site";
import { expect, test } from "./harness/test";

test.describe.configure({ mode: "serial" });

const AGENTS = ["ann", "bob", "dot"];

test.beforeAll(async ({ site }) => {
  for (const name of AGENTS) await site.ask("POST", "/agents", { name, role: "executor" });
  const make = (name: string, type: string, slots: unknown) =>
    site.ask("POST", "/topologies", { name, config: { type }, slots });
  await make("research", "ensemble", { members: ["ann", "bob"], synthesizer: "dot" });
  await make("review", "cross-check", { author: "dot", validators: ["bob"] });
  await make("article", "compound", { parts: ["research", "review"] });
  await make("crowd", "ensemble", { members: Array.from({ length: 24 }, () => "ann"), synthesizer: "dot" });
  await make("pair", "pipeline", { stages: ["ann", "bob"] });
});

const runOf = (site: Site, topology: string, more = {}) =>
  site.createRun({ goal: `Work on ${topology}`, agent: `topology:${topology}`, ...more });
const nodeOf = (page: Page, name: string | RegExp) =>
  page.getByRole("tree", { name: "Nodes" }).getByRole("treeitem", { name });

test("states come to be without a reload, in the list and in the drawing", async ({ page, site, own }) => {
  const without = await own({ worker: false });
  for (const name of AGENTS) await without.ask("POST", "/agents", { name });
  await without.ask("POST", "/topologies", {
    name: "pair",
    config: { type: "pipeline" },
    slots: { stages: ["ann", "bob"] },
  });
  const run = await runOf(without, "pair");
  await page.goto(`${without.url}/runs/${run.id}/graph`);
  await expect(nodeOf(page, /^ann Pending/)).toBeVisible();
  await expect(nodeOf(page, /^bob Pending/)).toBeVisible();
  await without.startWorker();
  await expect(nodeOf(page, /^ann Done/)).toBeVisible();
  await expect(nodeOf(page, /^bob Done/)).toContainText("1 call");
  const drawing = page.getByRole("region", { name: "Drawing" });
  await expect(drawing.getByRole("button", { name: /^bob Done/ })).toBeVisible();
  await expect(drawing.getByText("output")).toBeVisible();
  expect(site).not.toBe(without);
});

test("keys walk through the list, Enter opens, and the node stands in the address", async ({
  page,
  site,
}) => {
  const run = await runOf(site, "article");
  await site.until(run.id, "COMPLETED");
  await page.goto(`${site.url}/runs/${run.id}/graph`);
  await nodeOf(page, /^research/).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  await expect(nodeOf(page, /^bob .*members/)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/graph\?node=research%2Fbob$/);
  const details = page.getByRole("region", { name: "Node research/bob" });
  await expect(details).toContainText("[demo]");
  await expect(details.getByRole("link", { name: "compound/1-research/ensemble/member/bob" })).toBeVisible();

  await page.keyboard.press("ArrowLeft");
  await expect(nodeOf(page, /^research/)).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await expect(nodeOf(page, /^research/)).toHaveAttribute("aria-expanded", "false");
  await expect(nodeOf(page, /members/)).toHaveCount(0);
  await page.keyboard.press("End");
  await expect(nodeOf(page, /^bob .*validators/)).toBeFocused();

  await page.reload();
  await expect(details).toContainText("members, executor");
  await details.getByRole("link", { name: "Its events in the timeline" }).click();
  await expect(page).toHaveURL(new RegExp(`/runs/${run.id}\\?agent=research%2Fbob$`));
});

test("more than twelve alike are one stack that opens", async ({ page, site }) => {
  const run = await runOf(site, "crowd", { runner: "async" });
  await site.until(run.id, "COMPLETED");
  await page.goto(`${site.url}/runs/${run.id}/graph`);
  const drawing = page.getByRole("region", { name: "Drawing" });
  const stack = drawing.getByRole("button", { name: /^24 anns Done 24 done/ });
  await expect(stack).toBeVisible();
  await expect(page.getByRole("treeitem")).toHaveCount(2);
  await stack.click();
  await expect(page.getByRole("treeitem")).toHaveCount(26);
  await expect(drawing.getByRole("button", { name: /^ann-24 Done/ })).toBeAttached();
  await drawing.getByRole("button", { name: "Close 24 anns" }).click();
  await expect(page.getByRole("treeitem")).toHaveCount(2);
});

test("a failed node says so, and what was never asked is skipped", async ({ page, site }) => {
  const run = await runOf(site, "pair", { budget: { model_calls: 1 } });
  await site.until(run.id, "FAILED");
  await page.goto(`${site.url}/runs/${run.id}/graph`);
  await expect(nodeOf(page, /^ann Done/)).toBeVisible();
  await expect(nodeOf(page, /^bob (Failed|Skipped)/)).toBeVisible();
});

test("edges are told apart by their form, which a legend explains", async ({ page, site }) => {
  await page.goto(`${site.url}/topologies/review`);
  const legend = page.getByRole("list", { name: "What the lines mean" });
  await expect(legend.getByRole("listitem")).toHaveText([
    "hands on its work",
    "asks for a revision",
    "decides",
    "leads back, for another round",
  ]);
});

test("a phone shows the whole list, the drawing below it, and scrolls the page over it", async ({
  page,
  site,
}) => {
  await page.setViewportSize({ width: 375, height: 700 });
  await page.goto(`${site.url}/topologies/article`);
  const list = await page.getByRole("tree", { name: "Nodes" }).boundingBox();
  const drawing = page.getByRole("region", { name: "Drawing" });
  const place = await drawing.boundingBox();
  expect(place?.y).toBeGreaterThanOrEqual((list?.y ?? 0) + (list?.height ?? 0));
  const inner = await drawing.evaluate((element) => ({
    page: document.documentElement.scrollWidth - window.innerWidth,
    hidden: element.scrollHeight - element.clientHeight,
  }));
  expect(inner.page).toBeLessThanOrEqual(0);
  expect(inner.hidden).toBeLessThanOrEqual(0);
});

test("a run without a topology shows who took part and how a graph comes to be", async ({ page, site }) => {
  const run = await site.createRun({ goal: "Alone" });
  await site.until(run.id, "COMPLETED");
  await page.goto(`${site.url}/runs/${run.id}/graph`);
  await expect(page.getByRole("region", { name: "Who took part" }).getByRole("listitem")).toContainText([
    /^simple/,
  ]);
  await page.getByRole("link", { name: "Make one" }).click();
  await expect(page.getByRole("heading", { name: "A new topology" })).toBeVisible();
});
