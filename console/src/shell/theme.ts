// Light or dark: the system's choice, or the person's, which public/theme.js sets before the first paint.
import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark" | "system";

const NAME = "agent-runner.theme";
const listeners = new Set<() => void>();
const system = matchMedia("(prefers-color-scheme: dark)");

system.addEventListener("change", () => apply(chosen()));

export function chosen(): Theme {
  const stored = localStorage.getItem(NAME);
  return stored === "light" || stored === "dark" ? stored : "system";
}

export function choose(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(NAME);
  else localStorage.setItem(NAME, theme);
  apply(theme);
}

/** What is chosen, and what is shown. */
export function useTheme(): { theme: Theme; isDark: boolean } {
  const theme = useSyncExternalStore(subscribe, chosen);
  const isDark = useSyncExternalStore(subscribe, () => document.documentElement.dataset.theme === "dark");
  return { theme, isDark };
}

function apply(theme: Theme): void {
  const isDark = theme === "dark" || (theme === "system" && system.matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
