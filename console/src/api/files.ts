// Files of runs, byte for byte: read, or saved to the disk of whoever looks. The key goes with the request, never into an address.
import { askWithin, BASE } from "./client";

const FILE_LIMIT_MS = 120_000;

export const artifactAt = (runId: number, path: string): string =>
  `/runs/${runId}/artifacts/${path.split("/").map(encodeURIComponent).join("/")}`;

export const archiveAt = (runId: number): string => `/runs/${runId}/archive`;

export const fileAt = (path: string, signal?: AbortSignal): Promise<Response> =>
  askWithin(FILE_LIMIT_MS, new Request(BASE + path, signal ? { signal } : {}));

/** Raises what `ask` raises. */
export async function save(path: string, name: string): Promise<void> {
  const response = await fileAt(path);
  const url = URL.createObjectURL(new Blob([await response.arrayBuffer()]));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
