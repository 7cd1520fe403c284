// A console that was not built says so in the browser, and how to build it; the API is reached through it all the same.
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./harness/ports";
import { eventually, Site } from "./harness/site";
import { expect, test } from "./harness/test";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

let site: Site;
let unbuilt: ChildProcess;
let url: string;

/** The package alone, as a checkout has it before its console is built. */
test.beforeAll(async () => {
  site = await Site.start({ worker: false });
  const copy = join(site.directory, "copy");
  cpSync(join(ROOT, "agent_runner"), join(copy, "agent_runner"), { recursive: true });
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  unbuilt = spawn(join(ROOT, ".venv/bin/python"), ["-m", "agent_runner.cli.main", "console"], {
    cwd: copy,
    env: {
      ...process.env,
      PYTHONPATH: copy,
      CONSOLE_PORT: String(port),
      API_PORT: new URL(site.apiUrl).port,
    },
    stdio: "ignore",
  });
  await eventually("the console to answer", () =>
    fetch(url).then(
      () => true,
      () => false,
    ),
  );
});

test.afterAll(async () => {
  unbuilt.kill();
  await site.end();
});

test("every page says how to build the console", async ({ page }) => {
  const answer = await page.goto(`${url}/runs/12/review`);
  expect(answer?.status()).toBe(503);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByText("make console").first()).toBeVisible();
  const background = await page.evaluate(() => getComputedStyle(document.body).fontFamily);
  expect(background, "its look stands in the page").not.toContain("Times");
});

test("the API answers behind it", async ({ request }) => {
  const answer = await request.get(`${url}/api/health/ready`);
  expect(answer.status()).toBe(200);
});
