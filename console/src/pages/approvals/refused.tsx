// Why an answer was not taken. Where the question has changed, the way to the new one.
import { Button } from "@/ui/button";
import { Failure } from "@/ui/panel";
import { isChanged } from "./decision";

export function Refused({ error, onLoad }: { error: unknown; onLoad: () => Promise<void> }) {
  if (!error) return null;
  return (
    <>
      <Failure error={error} what="Not sent" />
      {isChanged(error) && (
        <div className="flex flex-wrap items-center gap-3">
          <Button onClick={() => void onLoad()}>Load the new one</Button>
          <span className="text-sm text-muted">What you wrote is kept.</span>
        </div>
      )}
    </>
  );
}
