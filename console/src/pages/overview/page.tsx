// Overview: how everything stands, what failed, and what waits for a person.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import type { Schemas } from "@/api/client";
import { queries } from "@/api/queries";
import { Loaded, Page } from "@/ui/panel";
import { Activity } from "./activity";
import { Counts } from "./counts";
import { Crew } from "./crew";
import { FirstVisit } from "./first_visit";
import { Failures, OpenApprovals, RunningNow } from "./lists";
import { RANGES, rangeOf } from "./series";

export function Component() {
  const [params, setParams] = useSearchParams();
  const range = rangeOf(params);
  const query = useQuery({
    ...queries.overview(Number(range), RANGES[range].buckets),
    placeholderData: keepPreviousData,
  });
  return (
    <Page title="Overview" wide>
      <Loaded query={query} lines={8}>
        {(overview) =>
          isNew(overview.runs) ? (
            <FirstVisit overview={overview} />
          ) : (
            <>
              <Counts of={overview.runs} />
              <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
                <div className="flex min-w-0 flex-col gap-4">
                  <Activity
                    overview={overview}
                    range={range}
                    choose={(hours) => setParams(hours === "24" ? {} : { hours }, { replace: true })}
                  />
                  <Failures of={overview.failures} />
                </div>
                <div className="flex min-w-0 flex-col gap-4 max-lg:order-first">
                  <OpenApprovals />
                  <RunningNow />
                  <Crew overview={overview} />
                </div>
              </div>
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

const isNew = (runs: Schemas["RunCounts"]): boolean => Object.values(runs).every((count) => count === 0);
