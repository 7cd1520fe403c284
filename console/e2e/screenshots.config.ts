// Pictures of every page, in both themes, on a desk and on a phone: npm run screenshots -> docs/screenshots or $SCREENSHOTS.
import { defineConfig } from "@playwright/test";
import base from "../playwright.config";

export default defineConfig({
  ...base,
  testDir: ".",
  testMatch: "screenshots.ts",
  workers: 1,
  timeout: 300_000,
});
