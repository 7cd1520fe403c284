// What agents write is text, wherever it stands: in a diff, in the name of a file, in an artifact, in a question.
import { expect, test } from "./harness/maker";

const MARKUP = `<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>`;
const NAME = "<img src=x onerror=window.hacked=3>.txt";

test.afterEach(async ({ page }) => {
  expect(await page.evaluate(() => (window as unknown as { hacked?: number }).hacked)).toBeUndefined();
});

test("in a diff and in names of files", async ({ page, workshop }) => {
  const { run } = await workshop.waiting("Write markup", {
    files: [
      { path: NAME, text: `${MARKUP}\n` },
      { path: "bidi.txt", text: "access \u202e\u2066// is granted\u2069 \u2066\n" },
    ],
    summary: MARKUP,
  });
  await page.goto(`${workshop.site.url}/runs/${run.id}/review`);
  const file = page.getByRole("article", { name: NAME });
  await expect(file).toContainText(MARKUP);
  await expect(page.getByRole("group", { name: "Commit message" })).toContainText(MARKUP);
  await expect(page.getByRole("article", { name: "bidi.txt" })).toContainText(
    "access U+202EU+2066// is granted",
  );
  await expect(page.locator("img[src='x']")).toHaveCount(0);
});

test("in artifacts that a browser would run", async ({ page, workshop }) => {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="window.hacked=4"><script>window.hacked=5</script></svg>`;
  const { id } = await workshop.site.createRun({
    goal: "Leave traps",
    agent: "host:maker",
    input: {
      artifacts: [
        { path: "page.html", media_type: "text/html", text: `<body onload="window.hacked=6">${MARKUP}` },
        { path: "picture.svg", media_type: "image/svg+xml", text: svg },
        { path: "fake.png", media_type: "image/png", text: svg },
        { path: NAME, media_type: "text/plain", text: MARKUP },
      ],
    },
  });
  await workshop.site.until(id, "COMPLETED");
  for (const [path, shown] of [
    ["page.html", MARKUP],
    ["picture.svg", svg],
    [NAME, MARKUP],
  ] as const) {
    await page.goto(`${workshop.site.url}/runs/${id}/artifacts?${new URLSearchParams({ file: path })}`);
    await expect(page.getByRole("region", { name: path }).locator("pre")).toContainText(shown);
  }
  await page.goto(`${workshop.site.url}/runs/${id}/artifacts?file=fake.png`);
  await expect(page.getByRole("img", { name: "The file fake.png" })).toBeAttached();
  await expect(page.locator("main svg script, main iframe, main object, main embed")).toHaveCount(0);
});

test("in a question", async ({ page, workshop }) => {
  const { id } = await workshop.site.createRun({
    goal: MARKUP,
    agent: "host:maker",
    input: {
      asks: [
        {
          key: "ask",
          text: `${MARKUP} \u202egpj.exe`,
          wants: "approval",
          detail: { paths: [NAME], input: MARKUP, more: { [MARKUP]: MARKUP } },
        },
      ],
    },
  });
  await workshop.site.until(id, "WAITING");
  await page.goto(`${workshop.site.url}/approvals?run=${id}`);
  const question = page.getByRole("region", { name: `Open question of run ${id}` });
  await expect(question.getByRole("heading")).toContainText(`${MARKUP} U+202Egpj.exe`);
  await expect(question).toContainText(NAME);
  await expect(page.locator("img[src='x']")).toHaveCount(0);
});
