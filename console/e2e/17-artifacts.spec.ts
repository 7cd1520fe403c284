// The files of a run are listed, shown by their type, and saved byte for byte.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, HOSTS, test } from "./harness/maker";

const DOT =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const wanted = {
  artifacts: [
    { path: "report.md", media_type: "text/markdown", text: "# Report\n\n**All** is well.\n" },
    { path: "data/facts.json", media_type: "application/json", text: '{"open":[1,2]}' },
    { path: "shot.png", media_type: "image/png", base64: DOT },
    { path: "made.bin", media_type: "application/octet-stream", base64: "AAECA/8=" },
  ],
};

async function saved(page: Page, name: string): Promise<[string, Buffer]> {
  const begun = page.waitForEvent("download");
  await page.getByRole("button", { name, exact: true }).click();
  const download = await begun;
  return [download.suggestedFilename(), readFileSync(await download.path())];
}

test("artifacts are seen and saved", async ({ page, workshop }) => {
  const { id } = await workshop.site.createRun({ goal: "Report", agent: "host:maker", input: wanted });
  await workshop.site.until(id, "COMPLETED");
  await page.goto(`${workshop.site.url}/runs/${id}/artifacts`);
  const files = page.getByRole("navigation", { name: "Files" });
  await expect(files.getByRole("link")).toHaveCount(4);
  await expect(files.getByRole("link", { name: /report\.md/ })).toContainText("27 B, text/markdown");

  await files.getByRole("link", { name: /report\.md/ }).click();
  await expect(page).toHaveURL(/file=report\.md/);
  await expect(page.getByRole("region", { name: "report.md" })).toContainText("**All** is well.");
  expect(await saved(page, "Download")).toEqual(["report.md", Buffer.from("# Report\n\n**All** is well.\n")]);

  await files.getByRole("link", { name: /facts\.json/ }).click();
  await expect(page.getByRole("region", { name: "data/facts.json" }).locator("pre")).toHaveText(
    '{\n  "open": [\n    1,\n    2\n  ]\n}',
  );

  await files.getByRole("link", { name: /shot\.png/ }).click();
  const picture = page.getByRole("img", { name: "The file shot.png" });
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);

  await files.getByRole("link", { name: /made\.bin/ }).click();
  await expect(page.getByText("This type is not shown here")).toBeVisible();
  expect(await saved(page, "Download")).toEqual(["made.bin", Buffer.from([0, 1, 2, 3, 255])]);

  const [name, archive] = await saved(page, "Download all as .zip");
  expect(name).toBe(`run-${id}.zip`);
  expect(archive.subarray(0, 2).toString()).toBe("PK");
  for (const { path } of wanted.artifacts) expect(archive.includes(path)).toBe(true);
});

test("an address leads to one file, also on a phone", async ({ page, workshop }) => {
  const { id } = await workshop.site.createRun({ goal: "Report", agent: "host:maker", input: wanted });
  await workshop.site.until(id, "COMPLETED");
  await page.setViewportSize({ width: 375, height: 812 });
  await page.goto(`${workshop.site.url}/runs/${id}/artifacts?file=data%2Ffacts.json`);
  await expect(page.getByRole("region", { name: "data/facts.json" })).toBeVisible();
  await page.getByRole("button", { name: "4 files" }).click();
  await page.getByRole("link", { name: /report\.md/ }).click();
  await expect(page.getByRole("region", { name: "report.md" })).toContainText("**All**");
  await page.goBack();
  await expect(page.getByRole("navigation", { name: "Files" })).toBeVisible();
  await page.goto(`${workshop.site.url}/runs/${id}/artifacts?file=no/such`);
  await expect(page.getByText("This run has no such file")).toBeVisible();
});

test("the key goes along, and stands in no address", async ({ page, own }) => {
  const key = "secret-key-of-the-test";
  const site = await own({ settings: { API_KEYS: `me:${key}`, HOSTS_DIR: HOSTS }, key });
  const run = await site.createRun({ goal: "Report", agent: "host:maker", input: wanted });
  await site.until(run.id, "COMPLETED");
  await page.addInitScript(() => sessionStorage.setItem("agent-runner.key", "secret-key-of-the-test"));
  const addresses: string[] = [];
  page.on("request", (request) => addresses.push(request.url()));
  await page.goto(`${site.url}/runs/${run.id}/artifacts`);
  await page.getByRole("link", { name: /shot\.png/ }).click();
  const picture = page.getByRole("img", { name: "The file shot.png" });
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
  const [name] = await saved(page, "Download all as .zip");
  expect(name).toBe(`run-${run.id}.zip`);
  expect(addresses.filter((address) => address.includes(key))).toEqual([]);
});
