// Buttons and links that look like buttons.
import type { ComponentProps, ReactNode } from "react";
import { Link, type LinkProps } from "react-router";
import { names } from "@/format/names";

export type Look = "primary" | "plain" | "quiet" | "danger";

const LOOKS: Record<Look, string> = {
  primary: "bg-accent text-on-accent border-transparent hover:brightness-110",
  plain: "bg-panel text-ink border-line hover:bg-sunken",
  quiet: "bg-transparent text-muted border-transparent hover:bg-sunken hover:text-ink",
  danger: "bg-panel text-failed border-line hover:bg-failed-soft hover:border-failed",
};

const SHAPE =
  "inline-flex h-8 max-sm:h-10 shrink-0 items-center justify-center gap-1.5 rounded-md border px-3 text-sm font-medium whitespace-nowrap no-underline transition-colors disabled:cursor-not-allowed disabled:opacity-55 aria-disabled:opacity-55";

type Common = { look?: Look; icon?: ReactNode };

export function Button({
  look = "plain",
  icon,
  className,
  children,
  ...rest
}: ComponentProps<"button"> & Common) {
  return (
    <button type="button" className={names(SHAPE, LOOKS[look], className)} {...rest}>
      {icon}
      {children}
    </button>
  );
}

export function ButtonLink({ look = "plain", icon, className, children, ...rest }: LinkProps & Common) {
  return (
    <Link className={names(SHAPE, LOOKS[look], className)} {...rest}>
      {icon}
      {children}
    </Link>
  );
}

/** A square button of one icon; `label` is what it is called. */
export function IconButton({
  label,
  className,
  children,
  ...rest
}: ComponentProps<"button"> & { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={names(
        "inline-flex size-8 max-sm:size-10 shrink-0 items-center justify-center rounded-md text-muted transition-colors hover:bg-sunken hover:text-ink disabled:opacity-55",
        className,
      )}
      {...rest}
    >
      {children}
    </button>
  );
}
