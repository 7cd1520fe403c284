// Accessibility: no violation of WCAG 2.0 to 2.2 A and AA on any page, in both themes, on a desk and on a phone.
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";
import { open, places, THEMES } from "./harness/pages";
import { fill, type Scene } from "./harness/scene";
import { Site } from "./harness/site";
import { test } from "./harness/test";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const SIZES = { desk: { width: 1440, height: 900 }, phone: { width: 375, height: 812 } };

test.describe.configure({ mode: "serial", timeout: 180_000 });

let site: Site;
let scene: Scene;

test.beforeAll(async () => {
  site = await Site.start();
  scene = await fill(site);
});
test.afterAll(() => site.end());

for (const theme of THEMES) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test(`no page breaks a rule: ${theme}, ${size}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await page.setViewportSize(viewport);
      const broken: string[] = [];
      for (const place of places(scene)) {
        await open(page, site.url, place);
        for (const each of await violations(page)) broken.push(`${place.name}: ${each}`);
        if (size === "phone") broken.push(...(await sideways(page)).map((each) => `${place.name}: ${each}`));
      }
      expect(broken).toEqual([]);
    });
  }
}

async function violations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id} at ${node.target.join(" ")}: ${node.failureSummary ?? ""}`),
  );
}

/** What makes the page wider than the screen. */
async function sideways(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    document.documentElement.scrollWidth > innerWidth
      ? [`scrolls sideways: ${document.documentElement.scrollWidth} px`]
      : [],
  );
}
