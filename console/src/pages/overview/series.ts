// From the buckets of GET /overview to the lines and bars of the chart, and to a sentence that says the same.
import type { Schemas } from "@/api/client";
import { plural } from "@/format/number";
import { moment } from "@/format/time";

export type Bucket = Schemas["BucketPublic"];

export const RANGES = {
  "1": { name: "1 hour", buckets: 30 },
  "6": { name: "6 hours", buckets: 36 },
  "24": { name: "24 hours", buckets: 48 },
  "168": { name: "7 days", buckets: 84 },
} as const;

export type Range = keyof typeof RANGES;

export const rangeOf = (params: URLSearchParams): Range => {
  const hours = params.get("hours") ?? "24";
  return Object.hasOwn(RANGES, hours) ? (hours as Range) : "24";
};

/** Under way counts those that wait for a person as well. Seconds since 1970, in the middle of each bucket; then values in the order of the names. */
export function depth(buckets: readonly Bucket[], seconds: number): number[][] {
  return [
    middles(buckets, seconds),
    buckets.map(({ queued }) => queued),
    buckets.map(({ running }) => running),
  ];
}

/** Stacked for drawing: each series holds those below it, the tallest first. */
export function ended(buckets: readonly Bucket[], seconds: number): number[][] {
  return [
    middles(buckets, seconds),
    buckets.map(({ completed, failed, cancelled }) => completed + failed + cancelled),
    buckets.map(({ completed, failed }) => completed + failed),
    buckets.map(({ completed }) => completed),
  ];
}

const middles = (buckets: readonly Bucket[], seconds: number): number[] =>
  buckets.map(({ begins_at }) => moment(begins_at) / 1000 + seconds / 2);

export function summary(buckets: readonly Bucket[], range: Range): string {
  const sum = (name: "created" | "completed" | "failed" | "cancelled") =>
    buckets.reduce((total, bucket) => total + bucket[name], 0);
  const deepest = Math.max(0, ...buckets.map(({ queued }) => queued));
  const cancelled = sum("cancelled");
  const parts = [
    `In the last ${RANGES[range].name.replace("1 hour", "hour")} ${plural(sum("created"), "run was", "runs were")} made`,
    `${sum("completed")} completed`,
    `${sum("failed")} failed`,
    ...(cancelled ? [`${cancelled} cancelled`] : []),
    ...(deepest ? [`and up to ${deepest} waited in the queue`] : []),
  ];
  return `${parts.join(", ")}.`;
}

/** What is under the pointer. */
export function said(bucket: Bucket, seconds: number): string {
  const begin = moment(bucket.begins_at);
  const words = [
    `${bucket.completed} completed`,
    `${bucket.failed} failed`,
    ...(bucket.cancelled ? [`${bucket.cancelled} cancelled`] : []),
    `${bucket.queued} queued`,
    `${bucket.running} under way`,
  ];
  return `${clock(begin)} to ${clock(begin + seconds * 1000)}: ${words.join(", ")}`;
}

export const clock = (at: number): string =>
  new Date(at).toLocaleString("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit" });
