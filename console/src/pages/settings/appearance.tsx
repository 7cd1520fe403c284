// Light, dark, or as the system has it.
import { Monitor, Moon, Sun } from "lucide-react";
import { names } from "@/format/names";
import { choose, type Theme, useTheme } from "@/shell/theme";
import { Panel } from "@/ui/panel";

const THEMES = [
  { theme: "system", name: "As the system", icon: Monitor },
  { theme: "light", name: "Light", icon: Sun },
  { theme: "dark", name: "Dark", icon: Moon },
] as const satisfies readonly { theme: Theme; name: string; icon: typeof Sun }[];

export function Appearance() {
  const { theme: chosen } = useTheme();
  return (
    <Panel title="Appearance">
      <fieldset className="flex flex-wrap gap-2">
        <legend className="sr-only">Theme</legend>
        {THEMES.map(({ theme, name, icon: Icon }) => (
          <label
            key={theme}
            className={names(
              "flex h-9 max-sm:h-11 cursor-pointer items-center gap-2 rounded-md border px-3 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent",
              theme === chosen ? "border-accent bg-accent-soft text-accent-ink" : "hover:bg-sunken",
            )}
          >
            <input
              type="radio"
              name="theme"
              checked={theme === chosen}
              onChange={() => choose(theme)}
              className="size-4 accent-accent outline-none"
            />
            <Icon aria-hidden className="size-4" />
            {name}
          </label>
        ))}
      </fieldset>
    </Panel>
  );
}
