// Files of runs, byte for byte: read, or saved to the disk of whoever looks. The key goes with the request, never into an address.
import { BASE, send } from "./client";

const FILE_LIMIT_MS = 120_000;

export const artifactAt = (runId: number, path: string): string =>
  `/runs/${runId}/artifacts/${path.split("/").map(encodeURIComponent).join("/")}`;

export const archiveAt = (runId: number): string => `/runs/${runId}/archive`;

/** The limit holds until the last byte is read. */
export function fileAt(path: string, signal?: AbortSignal): Promise<Response> {
  const request = new Request(BASE + path, signal ? { signal } : {});
  return send(request, AbortSignal.any([request.signal, AbortSignal.timeout(FILE_LIMIT_MS)]));
}

/** Raises what `send` raises. */
export async function save(path: string, name: string): Promise<void> {
  const response = await fileAt(path);
  give(new Blob([await response.arrayBuffer()]), name);
}

/** Gives the person these bytes as a file. */
export function give(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
