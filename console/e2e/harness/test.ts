// `test` with a site: one for each of Playwright's workers, or one of its own for a test that breaks things.
import { test as base, expect } from "@playwright/test";
import { Site, type SiteOptions } from "./site";

export { expect };

interface OfTest {
  /** Starts a site that only this test uses, and ends it. */
  own: (options?: SiteOptions) => Promise<Site>;
  /** Every error that the page has written to its console, failed requests aside; the test fails where it is not empty. */
  complaints: string[];
}

export const test = base.extend<OfTest, { site: Site }>({
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what is needed from the pattern
    async ({}, use) => {
      const site = await Site.start();
      await use(site);
      await site.end();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what is needed from the pattern
  own: async ({}, use) => {
    const sites: Site[] = [];
    await use(async (options) => {
      const site = await Site.start(options);
      sites.push(site);
      return site;
    });
    await Promise.all(sites.map((each) => each.end()));
  },
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
      page.on("console", (message) => {
        const isOfNetwork = message.text().startsWith("Failed to load resource");
        if (message.type() === "error" && !isOfNetwork) complaints.push(message.text());
      });
      await use(complaints);
      expect(complaints, "the page has complained").toEqual([]);
    },
    { auto: true },
  ],
});
