// What people fill in: a label, the control, what it means, and what is wrong with it.
import { type ComponentProps, type ReactNode, useId } from "react";
import { names } from "@/format/names";

const CONTROL =
  "w-full rounded-md border border-edge bg-panel px-2.5 text-base text-ink max-sm:text-lg aria-invalid:border-failed disabled:opacity-55";

interface Described {
  label: string;
  hint?: ReactNode;
  error?: string | null | undefined;
  hideLabel?: boolean;
}

interface Wiring {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
}

/** `children` gets the attributes that join the control to its label, hint and error. */
export function Field({
  label,
  hint,
  error,
  hideLabel,
  children,
}: Described & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className={hideLabel ? "sr-only" : "text-sm font-medium"}>
        {label}
      </label>
      {children({
        id,
        ...(described && { "aria-describedby": described }),
        ...(error && { "aria-invalid": true as const }),
      })}
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} role="alert" className="text-sm text-failed">
          {error}
        </p>
      )}
    </div>
  );
}

export function TextField({
  label,
  hint,
  error,
  hideLabel,
  className,
  ...rest
}: ComponentProps<"input"> & Described) {
  return (
    <Field label={label} hint={hint} error={error} hideLabel={hideLabel ?? false}>
      {(wiring) => <input className={names(CONTROL, "h-8 max-sm:h-10", className)} {...wiring} {...rest} />}
    </Field>
  );
}

export function TextArea({
  label,
  hint,
  error,
  hideLabel,
  className,
  ...rest
}: ComponentProps<"textarea"> & Described) {
  return (
    <Field label={label} hint={hint} error={error} hideLabel={hideLabel ?? false}>
      {(wiring) => (
        <textarea rows={4} className={names(CONTROL, "resize-y py-1.5", className)} {...wiring} {...rest} />
      )}
    </Field>
  );
}

export function Select({
  label,
  hint,
  error,
  hideLabel,
  className,
  children,
  ...rest
}: ComponentProps<"select"> & Described) {
  return (
    <Field label={label} hint={hint} error={error} hideLabel={hideLabel ?? false}>
      {(wiring) => (
        <select className={names(CONTROL, "h-8 max-sm:h-10", className)} {...wiring} {...rest}>
          {children}
        </select>
      )}
    </Field>
  );
}

export function Check({
  label,
  hint,
  className,
  ...rest
}: Omit<ComponentProps<"input">, "type"> & { label: ReactNode; hint?: ReactNode }) {
  const id = useId();
  return (
    <div className={names("flex gap-2", className)}>
      <input
        id={id}
        type="checkbox"
        className="mt-1 size-4 shrink-0 accent-accent"
        {...(hint ? { "aria-describedby": `${id}-hint` } : {})}
        {...rest}
      />
      <div>
        <label htmlFor={id}>{label}</label>
        {hint && (
          <p id={`${id}-hint`} className="text-sm text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
