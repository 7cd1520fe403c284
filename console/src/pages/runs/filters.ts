// Which runs are shown: the filters, as they stand in the address and as the API is asked.
import type { RunStatus } from "@/api/queries";

export const STATUSES: readonly RunStatus[] = [
  "QUEUED",
  "RUNNING",
  "WAITING",
  "COMPLETED",
  "FAILED",
  "CANCELLED",
];

export const SINCE = {
  "1h": { name: "The last hour", seconds: 3_600 },
  "24h": { name: "The last 24 hours", seconds: 86_400 },
  "7d": { name: "The last 7 days", seconds: 604_800 },
  "30d": { name: "The last 30 days", seconds: 2_592_000 },
} as const;

export type Since = keyof typeof SINCE;

export interface Filters {
  status: RunStatus[];
  agent: string;
  project: string;
  text: string;
  since: Since | "";
}

export const NO_FILTERS: Filters = { status: [], agent: "", project: "", text: "", since: "" };

/** What an address says; what it says wrongly is left out. `?status=FAILED&status=QUEUED&text=docs&since=24h` */
export function filtersOf(params: URLSearchParams): Filters {
  const since = params.get("since") ?? "";
  const project = params.get("project") ?? "";
  return {
    status: STATUSES.filter((each) => params.getAll("status").includes(each)),
    agent: params.get("agent") ?? "",
    project: /^[1-9]\d{0,15}$/.test(project) ? project : "",
    text: (params.get("text") ?? "").slice(0, 500),
    since: Object.hasOwn(SINCE, since) ? (since as Since) : "",
  };
}

export function addressOf(filters: Filters): URLSearchParams {
  const params = new URLSearchParams();
  for (const status of filters.status) params.append("status", status);
  for (const name of ["agent", "project", "text", "since"] as const) {
    if (filters[name]) params.set(name, filters[name]);
  }
  return params;
}

export const isFiltered = (filters: Filters): boolean => addressOf(filters).size > 0;

/** In the words of GET /runs. `since` is counted back from `now`, in milliseconds since 1970. */
export function asked(filters: Filters, now: number) {
  return {
    ...(filters.status.length > 0 && { status: filters.status }),
    ...(filters.agent && { agent: filters.agent }),
    ...(filters.project && { project_id: Number(filters.project) }),
    ...(filters.text.trim() && { text: filters.text.trim() }),
    ...(filters.since && {
      created_after: new Date(now - SINCE[filters.since].seconds * 1000).toISOString(),
    }),
  };
}
