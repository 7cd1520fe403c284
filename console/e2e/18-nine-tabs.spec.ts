// Nine tabs of one browser share six connections: three stream, the others poll, and all of them work.
import { badge, expectEveryEventOnce, state } from "./harness/run_page";
import { expect, test } from "./harness/test";

test("nine tabs of a run all see it through", async ({ context, own }) => {
  const site = await own({ worker: false });
  const { id } = await site.createRun({ goal: "Be watched by nine" });
  const tabs = await Promise.all(Array.from({ length: 9 }, () => context.newPage()));
  for (const tab of tabs) await tab.goto(`${site.url}/runs/${id}`);
  const transports = () =>
    Promise.all(tabs.map((tab) => badge(tab).getAttribute("data-transport"))).then((all) =>
      all.sort().join(" "),
    );
  await expect.poll(transports).toBe("live live live polling polling polling polling polling polling");

  const live =
    tabs[(await Promise.all(tabs.map((tab) => badge(tab).getAttribute("data-transport")))).indexOf("live")];
  await live?.close();
  tabs.splice(tabs.indexOf(live as (typeof tabs)[number]), 1);
  await expect
    .poll(transports, "a tab that polled takes the place")
    .toBe("live live live polling polling polling polling polling");

  await site.startWorker();
  for (const tab of tabs) {
    await expect(state(tab)).toHaveText("Completed");
    await expect(badge(tab)).toContainText("Ended");
    await expectEveryEventOnce(tab, site, id);
  }
});
