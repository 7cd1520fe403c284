// Says when the API cannot be reached, and when it is back. It looks at what the pages ask anyway.
import { useQuery } from "@tanstack/react-query";
import { CloudOff } from "lucide-react";
import { isPassing } from "@/api/error";
import { queries } from "@/api/queries";
import { Button } from "@/ui/button";
import { Time } from "@/ui/time";

export function ConnectionBanner() {
  const { error, dataUpdatedAt, refetch, isFetching } = useQuery(queries.openApprovals());
  if (!error || !isPassing(error)) return null;
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-failed bg-failed-soft px-4 py-2 text-sm sm:px-6"
    >
      <CloudOff aria-hidden className="size-4 text-failed" />
      <span className="font-medium text-failed">{error.message}</span>
      <span>
        {dataUpdatedAt > 0 && (
          <>
            You see what was there <Time at={new Date(dataUpdatedAt).toISOString()} />.{" "}
          </>
        )}
        It is asked again until it answers.
      </span>
      <Button className="ml-auto" disabled={isFetching} onClick={() => void refetch()}>
        Ask now
      </Button>
    </div>
  );
}
