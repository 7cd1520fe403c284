// Where content stands: pages, panels, and what is shown instead of it while there is none.
import { AlertTriangle, RotateCw } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { ApiError, isPassing, Unreachable } from "@/api/error";
import { names } from "@/format/names";
import { Button, ButtonLink } from "./button";

/** A page with its title, which is also the document's; `actions` stand beside it. */
export function Page({
  title,
  name = title,
  actions,
  children,
  wide = false,
}: {
  title: ReactNode;
  name?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  wide?: boolean;
}) {
  const text = typeof name === "string" ? name : "";
  useEffect(() => {
    if (text) document.title = `${text} · agent-runner`;
  }, [text]);
  return (
    <div
      className={names(
        "mx-auto flex w-full flex-col gap-4 px-4 py-5 sm:px-6",
        wide ? "max-w-[96rem]" : "max-w-6xl",
      )}
    >
      <header className="flex min-h-8 flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function Panel({
  title,
  aside,
  children,
  className,
  flush = false,
}: {
  title?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
  flush?: boolean;
}) {
  return (
    <section
      aria-label={typeof title === "string" ? title : undefined}
      className={names("overflow-hidden rounded-lg border bg-panel", className)}
    >
      {title && (
        <div className="flex min-h-11 items-center justify-between gap-3 border-b px-4 py-2">
          <h2 className="text-base font-semibold">{title}</h2>
          {aside && <div className="text-sm text-muted">{aside}</div>}
        </div>
      )}
      <div className={flush ? undefined : "p-4"}>{children}</div>
    </section>
  );
}

/** Nothing is there: why, and what would change that. */
export function Empty({
  title,
  children,
  action,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-12 text-center">
      <p className="text-lg font-medium">{title}</p>
      {children && <div className="max-w-prose text-muted">{children}</div>}
      {action && <div className="mt-2 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

const WIDTHS = ["90%", "73%", "84%", "61%", "79%", "68%", "88%", "57%"];

/** Lines where text will stand, at most eight. */
export function Loading({ lines = 3 }: { lines?: number }) {
  return (
    <div role="status" className="flex flex-col gap-3 p-4">
      <span className="sr-only">Loading</span>
      {WIDTHS.slice(0, lines).map((width) => (
        <div key={width} className="h-3 animate-pulse-dot rounded-sm bg-sunken" style={{ width }} />
      ))}
    </div>
  );
}

/** What went wrong, what to do next, and under which number the log has it. */
export function Failure({ error, retry, what }: { error: unknown; retry?: () => void; what?: string }) {
  const message = error instanceof Error ? error.message : String(error);
  const next = error instanceof ApiError || error instanceof Unreachable ? error.nextStep : null;
  return (
    <div role="alert" className="flex gap-3 rounded-lg border border-failed bg-failed-soft p-4">
      <AlertTriangle aria-hidden className="mt-0.5 size-4 shrink-0 text-failed" />
      <div className="flex min-w-0 flex-col gap-1">
        <p className="font-medium text-failed">
          {what ? `${what}: ` : ""}
          {message}
        </p>
        {next && <p>Next: {next}</p>}
        {error instanceof ApiError && error.requestId && (
          <p className="font-mono text-xs">request {error.requestId}</p>
        )}
        {retry && (
          <div className="mt-1">
            <Button onClick={retry} icon={<RotateCw aria-hidden className="size-3.5" />}>
              {isPassing(error) ? "Try again" : "Load again"}
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}

/** One query's content: loading, failed, or there. Data that is there stays when a later answer fails, marked stale. */
export function Loaded<T>({
  query,
  children,
  lines,
}: {
  query: { data: T | undefined; error: unknown; refetch: () => unknown };
  children: (data: T) => ReactNode;
  lines?: number;
}) {
  if (query.data !== undefined) {
    return (
      <>
        {query.error ? <Stale /> : null}
        {children(query.data)}
      </>
    );
  }
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return <Loading {...(lines ? { lines } : {})} />;
}

/** As `Loaded`, for what makes a whole page: until it is there, or when it is not, the page is called `title` and leads back. */
export function LoadedPage<T>({
  query,
  title,
  back,
  children,
}: {
  query: { data: T | undefined; error: unknown; refetch: () => unknown };
  title: string;
  back: { to: string; name: string };
  children: (data: T) => ReactNode;
}) {
  const shown = (
    <Loaded query={query} lines={6}>
      {children}
    </Loaded>
  );
  if (query.data !== undefined) return shown;
  return (
    <Page title={title}>
      {shown}
      {query.error ? (
        <div>
          <ButtonLink to={back.to}>{back.name}</ButtonLink>
        </div>
      ) : null}
    </Page>
  );
}

export function Stale() {
  return (
    <p role="status" className="rounded-md bg-waiting-soft px-3 py-1.5 text-sm text-waiting">
      Stale: the last answer failed, so this is what was there before. It is asked again.
    </p>
  );
}
