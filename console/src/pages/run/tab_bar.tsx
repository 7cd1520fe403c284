// The tabs of a run. They are links, so each can be opened in a tab of the browser.
import { useEffect, useRef } from "react";
import { NavLink } from "react-router";
import { names } from "@/format/names";

export function TabBar({
  tabs,
  at,
}: {
  tabs: { id: string; path: string; name: string }[];
  at: string | undefined;
}) {
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    const here = at && bar.current?.querySelector("[aria-current=page]");
    if (here) here.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [at]);
  return (
    <nav
      ref={bar}
      aria-label="Parts of the run"
      className="-mx-4 flex gap-1 overflow-x-auto border-b px-4 sm:mx-0 sm:px-0"
    >
      {tabs.map(({ id, path, name }) => (
        <NavLink
          key={id}
          to={path}
          className={names(
            "-mb-px border-b-2 px-3 py-2 font-medium whitespace-nowrap no-underline transition-colors focus-visible:-outline-offset-2",
            id === at ? "border-accent text-ink" : "border-transparent text-muted hover:text-ink",
          )}
          aria-current={id === at ? "page" : undefined}
        >
          {name}
        </NavLink>
      ))}
    </nav>
  );
}
