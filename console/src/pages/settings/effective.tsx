// The settings that are in force, by name, with what they mean and whether somebody has set them.
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { Panel } from "@/ui/panel";

type Setting = Schemas["SettingPublic"];

export function Effective({ of }: { of: Setting[] }) {
  const [text, setText] = useState("");
  const [isSetOnly, setIsSetOnly] = useState(false);
  const shown = filtered(of, text, isSetOnly);
  return (
    <Panel title="Settings of the API" aside="From the environment and .env; a worker has its own." flush>
      <div className="flex flex-wrap items-center gap-3 border-b px-4 py-2.5">
        <input
          type="search"
          aria-label="Filter settings"
          placeholder="Filter settings"
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="h-8 min-w-0 flex-1 rounded-md border border-edge bg-panel px-2.5 max-sm:h-10 max-sm:basis-full max-sm:text-lg"
        />
        <label className="flex min-h-8 items-center gap-2">
          <input
            type="checkbox"
            checked={isSetOnly}
            onChange={(event) => setIsSetOnly(event.target.checked)}
            className="size-4 accent-accent"
          />
          Only what is set
        </label>
      </div>
      {shown.length === 0 && (
        <p className="px-4 py-6 text-center text-muted">{of.length} settings are hidden by the filter.</p>
      )}
      <ul>
        {shown.map((setting) => (
          <li
            key={setting.name}
            className="grid gap-x-6 gap-y-0.5 border-b px-4 py-2.5 last:border-b-0 md:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)_5rem]"
          >
            <div className="min-w-0">
              <p className="font-mono text-sm font-medium">{setting.name}</p>
              <p className="text-sm text-muted">{setting.description}</p>
            </div>
            <code className="min-w-0 font-mono text-sm">{spelled(setting.value)}</code>
            <span
              className={setting.is_default ? "text-sm text-muted" : "text-sm font-medium text-accent-ink"}
            >
              {setting.is_default ? "default" : "set"}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

export function filtered(of: readonly Setting[], text: string, isSetOnly: boolean): Setting[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return of.filter((setting) => {
    if (isSetOnly && setting.is_default) return false;
    const said = `${setting.name} ${setting.description}`.toLowerCase();
    return words.every((word) => said.includes(word));
  });
}

/** Nothing is a dash; a text is itself, anything else JSON. */
export function spelled(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
