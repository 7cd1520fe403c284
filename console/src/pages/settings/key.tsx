// The API key of this browser: whether one is kept, where, and how to forget it.
import { useQueryClient } from "@tanstack/react-query";
import { useState, useSyncExternalStore } from "react";
import { forgetKey, keepKey, onKeyChange, whereKept } from "@/api/key";
import { Button } from "@/ui/button";
import { Check, TextField } from "@/ui/field";
import { notify } from "@/ui/notice";
import { Panel } from "@/ui/panel";

const SAID = {
  browser: "A key is kept in this browser, until you forget it.",
  tab: "A key is kept for this tab, and forgotten with it.",
  nowhere: "No key is kept. An API that only listens on this machine needs none.",
};

export function Key() {
  const where = useSyncExternalStore(onKeyChange, whereKept);
  const client = useQueryClient();
  const [key, setKey] = useState("");
  const [forGood, setForGood] = useState(false);
  return (
    <Panel title="API key">
      <div className="flex flex-col gap-4">
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p>{SAID[where]}</p>
          {where !== "nowhere" && (
            <Button
              look="danger"
              onClick={() => {
                forgetKey();
                notify("The key is forgotten.");
                void client.resetQueries();
              }}
            >
              Forget the key
            </Button>
          )}
        </div>
        <form
          aria-label="Another API key"
          className="flex flex-col gap-3 sm:max-w-md"
          onSubmit={(event) => {
            event.preventDefault();
            if (!key.trim()) return;
            keepKey(key.trim(), forGood);
            setKey("");
            notify("The key is kept.");
            void client.resetQueries();
          }}
        >
          <TextField
            label={where === "nowhere" ? "API key" : "Another API key"}
            type="password"
            autoComplete="current-password"
            value={key}
            onChange={(event) => setKey(event.target.value)}
          />
          <Check
            label="Keep it in this browser"
            hint="Otherwise it is forgotten with this tab."
            checked={forGood}
            onChange={(event) => setForGood(event.target.checked)}
          />
          <div>
            <Button type="submit" disabled={!key.trim()}>
              Keep the key
            </Button>
          </div>
        </form>
      </div>
    </Panel>
  );
}
