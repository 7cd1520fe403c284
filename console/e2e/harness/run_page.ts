// What tests look at on the page of a run.
import { expect, type Locator, type Page } from "@playwright/test";
import type { Schemas } from "../../src/api/client";
import type { Site } from "./site";

export const badge = (page: Page): Locator => page.locator("[data-transport]");
export const state = (page: Page): Locator =>
  page.getByRole("region", { name: "How it goes" }).locator("[data-state]");

/** The numbers of the events whose lines are in the document, in their order there. */
export const shownEvents = (page: Page): Promise<number[]> =>
  page
    .locator("[data-event]")
    .evaluateAll((lines) => lines.map((line) => Number(line.getAttribute("data-event"))));

/** A run of few events: each is shown, once, in order. */
export async function expectEveryEventOnce(page: Page, site: Site, runId: number): Promise<void> {
  const { total } = await site.ask<Schemas["EventsPublic"]>("GET", `/runs/${runId}/events?limit=500`);
  const all = Array.from({ length: total }, (_, index) => index + 1);
  await expect.poll(() => shownEvents(page)).toEqual(all);
  await expect(badge(page)).toContainText(`${total} events`);
}

/** Counts what the page asks of the API from now on. */
export function countRequests(page: Page, matching: RegExp): { count: number } {
  const counted = { count: 0 };
  page.on("request", (request) => {
    if (matching.test(new URL(request.url()).pathname)) counted.count += 1;
  });
  return counted;
}

export const STREAM = /\/api\/runs\/\d+\/events\/stream$/;
export const PAGE = /\/api\/runs\/\d+\/events$/;
