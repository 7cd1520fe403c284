// Asks for an API key once the API has answered 401.
import { useQueryClient } from "@tanstack/react-query";
import { useState, useSyncExternalStore } from "react";
import { isKeyNeeded, keepKey, onKeyChange, readKey } from "@/api/key";
import { Button } from "@/ui/button";
import { Check, TextField } from "@/ui/field";

export function KeyForm() {
  const isNeeded = useSyncExternalStore(onKeyChange, isKeyNeeded);
  const client = useQueryClient();
  const [key, setKey] = useState("");
  const [forGood, setForGood] = useState(false);
  if (!isNeeded) return null;
  const send = () => {
    keepKey(key.trim(), forGood);
    setKey("");
    void client.resetQueries();
  };
  return (
    <div className="fixed inset-0 z-50 flex items-start justify-center bg-page/90 px-4 pt-[14vh]">
      <form
        aria-label="API key"
        className="flex w-full max-w-md flex-col gap-4 rounded-lg border bg-raised p-5 shadow-pop"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <h2 className="text-lg font-semibold">This API wants a key</h2>
        <TextField
          label="API key"
          type="password"
          autoComplete="current-password"
          autoFocus
          required
          value={key}
          error={readKey() ? "The API does not know the key that was sent." : null}
          hint="One of API_KEYS, as whoever runs the API has set it."
          onChange={(event) => setKey(event.target.value)}
        />
        <Check
          label="Keep it in this browser"
          hint="Otherwise it is forgotten with this tab."
          checked={forGood}
          onChange={(event) => setForGood(event.target.checked)}
        />
        <Button type="submit" look="primary">
          Continue
        </Button>
      </form>
    </div>
  );
}
