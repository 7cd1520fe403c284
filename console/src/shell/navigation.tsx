// The ways through the console: a column on a desk, a bar at the bottom on a phone.
import { useQuery } from "@tanstack/react-query";
import { MoreHorizontal } from "lucide-react";
import { useEffect } from "react";
import { Link, NavLink } from "react-router";
import { queries } from "@/api/queries";
import { names } from "@/format/names";
import { PLACES, type Place } from "./places";

export function Mark({ small = false }: { small?: boolean }) {
  return (
    <Link
      to="/"
      className={names("flex items-center gap-2.5 font-semibold tracking-tight", !small && "h-13 px-4")}
    >
      <img src="/favicon.svg" alt="" className="size-6" />
      <span className={small ? "max-sm:sr-only" : undefined}>agent-runner</span>
    </Link>
  );
}

export function Navigation() {
  const open = useOpenApprovals();
  return (
    <nav aria-label="Pages" className="flex flex-col gap-0.5 p-2">
      {PLACES.map((place) => (
        <NavLink
          key={place.path}
          to={place.path}
          end={place.path === "/"}
          className={({ isActive }) =>
            names(
              "flex h-8 max-lg:h-11 items-center gap-2.5 rounded-md px-2.5 transition-colors",
              isActive
                ? "bg-accent-soft font-medium text-accent-ink"
                : "text-muted hover:bg-sunken hover:text-ink",
            )
          }
        >
          <place.icon aria-hidden className="size-4" />
          <span className="flex-1">{place.name}</span>
          {place.path === "/approvals" && <Badge count={open} />}
        </NavLink>
      ))}
    </nav>
  );
}

const ON_PHONES = ["/", "/runs", "/approvals", "/projects"];

export function PhoneNavigation({ onMore }: { onMore: () => void }) {
  const open = useOpenApprovals();
  return (
    <nav
      aria-label="Main pages"
      className="fixed inset-x-0 bottom-0 z-30 flex border-t bg-panel pb-[env(safe-area-inset-bottom)] lg:hidden"
    >
      {PLACES.filter(({ path }) => ON_PHONES.includes(path)).map((place) => (
        <PhoneLink key={place.path} place={place} count={place.path === "/approvals" ? open : 0} />
      ))}
      <button
        type="button"
        onClick={onMore}
        className="flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-xs text-muted"
      >
        <MoreHorizontal aria-hidden className="size-5" />
        More
      </button>
    </nav>
  );
}

function PhoneLink({ place, count }: { place: Place; count: number }) {
  return (
    <NavLink
      to={place.path}
      end={place.path === "/"}
      className={({ isActive }) =>
        names(
          "relative flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-xs",
          isActive ? "font-medium text-accent-ink" : "text-muted",
        )
      }
    >
      <place.icon aria-hidden className="size-5" />
      {place.name}
      <span className="absolute top-1 left-1/2 ml-2">
        <Badge count={count} />
      </span>
    </NavLink>
  );
}

function Badge({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <span className="min-w-5 rounded-full bg-waiting-soft px-1.5 text-center text-xs font-semibold text-waiting">
      {count}
      <span className="sr-only"> open</span>
    </span>
  );
}

/** How many questions wait for a person; the number stands in the title of the page as well. */
function useOpenApprovals(): number {
  const { data } = useQuery(queries.openApprovals());
  const count = data?.items.length ?? 0;
  useEffect(() => {
    document.title = document.title.replace(/^(\(\d+\) )?/, count ? `(${count}) ` : "");
  }, [count]);
  return count;
}
