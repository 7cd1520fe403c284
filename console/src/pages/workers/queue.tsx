// The queue, and the button that wakes those who work on it.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { Link } from "react-router";
import { api, body } from "@/api/client";
import { queries, type RunStatus } from "@/api/queries";
import { duration } from "@/format/time";
import { Button } from "@/ui/button";
import { Failure, Loaded, Panel } from "@/ui/panel";

const PARTS = [
  { name: "queued", word: "Queued", status: "QUEUED" },
  { name: "running", word: "Running", status: "RUNNING" },
  { name: "waiting", word: "Waiting for you", status: "WAITING" },
] as const satisfies readonly { name: string; word: string; status: RunStatus }[];

export function Queue() {
  const query = useQuery(queries.workers());
  return (
    <Panel title="Queue" flush>
      <Loaded query={query}>
        {({ queue }) => (
          <div className="grid grid-cols-3 gap-px border-b bg-line">
            {PARTS.map(({ name, word, status }) => (
              <Link
                key={name}
                to={`/runs?status=${status}`}
                className="bg-panel px-4 py-3 transition-colors hover:bg-sunken focus-visible:-outline-offset-2"
              >
                <span className="block text-2xl font-semibold tracking-tight">
                  {queue[name].toLocaleString("en")}
                </span>
                <span className="text-sm text-muted">{word}</span>
              </Link>
            ))}
          </div>
        )}
      </Loaded>
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 px-4 py-3">
        <Oldest />
        <ProcessNow />
      </div>
    </Panel>
  );
}

function Oldest() {
  const { data } = useQuery(queries.overview(1, 1));
  if (!data) return <span />;
  if (data.oldest_due_seconds === null)
    return <p className="text-muted">No run is due and waits for a worker.</p>;
  return (
    <p>
      The oldest run that is due waits since {duration(data.oldest_due_seconds * 1000)}.{" "}
      <Link to="/runs?status=QUEUED" className="text-accent-ink underline">
        Queued runs
      </Link>
    </p>
  );
}

function ProcessNow() {
  const client = useQueryClient();
  const wake = useMutation({
    mutationFn: () => body(api.POST("/worker/process")),
    onSuccess: () => client.invalidateQueries({ queryKey: ["workers"] }),
  });
  return (
    <div className="flex flex-wrap items-center gap-3">
      {wake.error && <Failure error={wake.error} what="Nothing was woken" />}
      {wake.data && (
        <p role="status" className="text-sm">
          {wake.data.message}
        </p>
      )}
      <Button
        disabled={wake.isPending}
        onClick={() => wake.mutate()}
        icon={<Play aria-hidden className="size-3.5" />}
        title="Wakes the live workers now; with none alive, starts one that ends once the queue is empty."
      >
        Process now
      </Button>
    </div>
  );
}
