// The frame around every page: navigation, what is wrong with the connection, the palette, the keys and the form for the API key.
import { Menu, Moon, Plus, Search, Sun } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { Outlet, useLocation, useNavigate } from "react-router";
import { Button, ButtonLink, IconButton } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Loading } from "@/ui/panel";
import { ConnectionBanner } from "./connection";
import { KeyForm } from "./key_form";
import { type Key, listenToKeys, useKeys } from "./keys";
import { KeysHelp } from "./keys_help";
import { Mark, Navigation, PhoneNavigation } from "./navigation";
import { PLACES } from "./places";
import { choose, useTheme } from "./theme";

const Palette = lazy(() => import("./palette"));

type Open = "palette" | "keys" | "menu" | null;

export function Layout() {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  useEffect(() => listenToKeys(document), []);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setOpen("palette");
      }
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new place closes what lies over the old one
  useEffect(() => setOpen(null), [pathname]);
  const toggle = useThemeToggle();
  const places: Key[] = PLACES.map(({ key, name, path }) => ({
    keys: key,
    does: `Go to ${name}`,
    run: () => void navigate(path),
  }));
  useKeys([
    ...places,
    { keys: "n", does: "New run", run: () => void navigate("/runs/new") },
    { keys: "t", does: "Switch between light and dark", run: toggle },
    { keys: "?", does: "Show the keys", run: () => setOpen("keys") },
  ]);
  return (
    <div className="flex min-h-dvh">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-raised focus:px-3 focus:py-2"
      >
        Skip to the content
      </a>
      <aside className="sticky top-0 hidden h-dvh w-56 shrink-0 flex-col border-r bg-panel lg:flex">
        <Mark />
        <Navigation />
      </aside>
      <div className="flex min-w-0 flex-1 flex-col pb-16 lg:pb-0">
        <TopBar open={setOpen} toggle={toggle} />
        <ConnectionBanner />
        <main id="content" tabIndex={-1} className="flex-1 outline-none">
          <Suspense fallback={<Loading lines={6} />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <PhoneNavigation onMore={() => setOpen("menu")} />
      {open === "palette" && (
        <Suspense fallback={null}>
          <Palette onClose={close} />
        </Suspense>
      )}
      <KeysHelp isOpen={open === "keys"} onClose={close} />
      <Dialog title="Go to" isOpen={open === "menu"} onClose={close}>
        <Navigation />
      </Dialog>
      <KeyForm />
    </div>
  );
}

function TopBar({ open, toggle }: { open: (what: Open) => void; toggle: () => void }) {
  const { isDark } = useTheme();
  return (
    <header className="sticky top-0 z-20 flex h-13 items-center gap-2 border-b bg-panel px-4 sm:px-6">
      <div className="lg:hidden">
        <Mark small />
      </div>
      <Button
        look="quiet"
        className="mr-auto !justify-start px-2 max-sm:hidden"
        onClick={() => open("palette")}
        icon={<Search aria-hidden className="size-4" />}
      >
        Search or go to
        <kbd className="ml-2 rounded-sm border px-1 font-mono text-xs text-muted">Ctrl K</kbd>
      </Button>
      <div className="mr-auto sm:hidden" />
      <IconButton className="sm:hidden" label="Search or go to" onClick={() => open("palette")}>
        <Search aria-hidden className="size-4" />
      </IconButton>
      <IconButton className="lg:hidden max-sm:hidden" label="All pages" onClick={() => open("menu")}>
        <Menu aria-hidden className="size-4" />
      </IconButton>
      <IconButton label={isDark ? "Use the light theme" : "Use the dark theme"} onClick={toggle}>
        {isDark ? <Sun aria-hidden className="size-4" /> : <Moon aria-hidden className="size-4" />}
      </IconButton>
      <ButtonLink look="primary" to="/runs/new" icon={<Plus aria-hidden className="size-4" />}>
        New run
      </ButtonLink>
    </header>
  );
}

function useThemeToggle(): () => void {
  const { isDark } = useTheme();
  return () => choose(isDark ? "light" : "dark");
}
