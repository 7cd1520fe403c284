// The palette: go to a page, to a run by its number, or to a run found by what it is about.
import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { useDeferredValue, useState } from "react";
import { useNavigate } from "react-router";
import { api, body } from "@/api/client";
import { Dialog } from "@/ui/dialog";
import { State } from "@/ui/state";
import { PLACES } from "./places";

const ITEM =
  "flex h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 data-[selected=true]:bg-accent-soft data-[selected=true]:text-accent-ink";

export default function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const navigate = useNavigate();
  const found = useFoundRuns(useDeferredValue(text.trim()));
  const go = (path: string) => {
    onClose();
    void navigate(path);
  };
  const places = PLACES.filter(({ name }) => name.toLowerCase().includes(text.trim().toLowerCase()));
  return (
    <Dialog title="Search or go to" isOpen onClose={onClose}>
      <Command shouldFilter={false} label="Search or go to">
        <Command.Input
          value={text}
          onValueChange={setText}
          placeholder="A page, the number of a run, or words of its goal"
          className="mb-2 h-9 w-full rounded-md border border-edge bg-panel px-2.5"
        />
        <Command.List>
          <Command.Empty className="px-2.5 py-2 text-muted">
            Nothing is called that, and no run is about it.
          </Command.Empty>
          {/^#?\d+$/.test(text.trim()) && (
            <Command.Item
              className={ITEM}
              value="by number"
              onSelect={() => go(`/runs/${text.trim().replace("#", "")}`)}
            >
              Run {text.trim().replace("#", "")}
            </Command.Item>
          )}
          {places.map(({ name, path, icon: Icon }) => (
            <Command.Item key={path} value={path} className={ITEM} onSelect={() => go(path)}>
              <Icon aria-hidden className="size-4" />
              {name}
            </Command.Item>
          ))}
          {found.map((run) => (
            <Command.Item
              key={run.id}
              value={`run ${run.id}`}
              className={ITEM}
              onSelect={() => go(`/runs/${run.id}`)}
            >
              <State of={run.status} short />
              <span className="text-muted">{run.id}</span>
              <span className="truncate">{run.goal}</span>
            </Command.Item>
          ))}
        </Command.List>
      </Command>
    </Dialog>
  );
}

function useFoundRuns(text: string) {
  const { data } = useQuery({
    queryKey: ["runs", "palette", text],
    queryFn: ({ signal }) => body(api.GET("/runs", { params: { query: { text, limit: 8 } }, signal })),
    enabled: text.length > 1,
  });
  return (text.length > 1 && data?.items) || [];
}
