// Names and values in rows, as in a header or a settings page.
import type { ReactNode } from "react";

export function Facts({ children }: { children: ReactNode }) {
  return (
    <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-6 gap-y-2 max-sm:grid-cols-1 max-sm:gap-y-0">
      {children}
    </dl>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted max-sm:mt-2 max-sm:text-sm">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

/** A number with its name under it. */
export function Figure({ name, value, hint }: { name: string; value: ReactNode; hint?: ReactNode }) {
  return (
    <div className="min-w-0">
      <p className="text-2xl font-semibold tracking-tight">{value}</p>
      <p className="text-sm text-muted">{name}</p>
      {hint && <p className="text-sm text-muted">{hint}</p>}
    </div>
  );
}
