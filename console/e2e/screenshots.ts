// Takes the pictures. Not a test: somebody looks at them.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { open, places, THEMES } from "./harness/pages";
import { fill } from "./harness/scene";
import { Site } from "./harness/site";
import { test } from "./harness/test";

const TARGET = process.env.SCREENSHOTS ?? join(import.meta.dirname, "../screenshots");
const SIZES = [
  { width: 1440, height: 900 },
  { width: 375, height: 812 },
];

test("every page", async ({ page }) => {
  mkdirSync(TARGET, { recursive: true });
  const site = await Site.start();
  const scene = await fill(site);
  for (const theme of THEMES) {
    for (const size of SIZES) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await page.setViewportSize(size);
      for (const place of places(scene)) {
        await open(page, site.url, place);
        await page.screenshot({ path: join(TARGET, `${place.name}-${size.width}-${theme}.png`) });
      }
    }
  }
  await site.end();
});
