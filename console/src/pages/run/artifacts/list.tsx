// The files of a run by path; only those in view are drawn, for a run may leave a thousand.
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import { Link } from "react-router";
import type { Artifact } from "@/api/queries";
import { names } from "@/format/names";
import { bytes } from "@/format/number";
import { Time } from "@/ui/time";
import { Visible } from "@/ui/visible";

const ROW_PIXELS = 56;

export function FileList({ artifacts, shown }: { artifacts: Artifact[]; shown: string | undefined }) {
  const region = useRef<HTMLElement>(null);
  const rows = useVirtualizer({
    count: artifacts.length,
    getScrollElement: () => region.current,
    estimateSize: () => ROW_PIXELS,
    getItemKey: (place) => artifacts[place]?.path ?? place,
    overscan: 8,
  });
  return (
    <nav
      ref={region}
      aria-label="Files"
      className="max-h-[60dvh] min-w-0 overflow-y-auto rounded-lg border bg-panel lg:sticky lg:top-16 lg:max-h-[calc(100dvh-5rem)]"
    >
      <ul className="relative" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => {
          const artifact = artifacts[row.index];
          if (!artifact) return null;
          const isShown = artifact.path === shown;
          return (
            <li
              key={row.key}
              data-index={row.index}
              ref={rows.measureElement}
              className="absolute inset-x-0 top-0 border-b"
              style={{ transform: `translateY(${row.start}px)` }}
            >
              <Link
                to={{ search: `?${new URLSearchParams({ file: artifact.path })}` }}
                aria-current={isShown ? "true" : undefined}
                className={names(
                  "flex min-h-14 flex-col justify-center gap-0.5 border-l-2 px-3 py-1.5",
                  isShown ? "border-l-accent bg-accent-soft" : "border-l-transparent hover:bg-sunken",
                )}
              >
                <span className="font-mono text-sm">
                  <Visible text={artifact.path} />
                </span>
                <span className="text-xs text-muted">
                  {bytes(artifact.size)}, {artifact.media_type || "no type"},{" "}
                  <Time at={artifact.created_at} />
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
