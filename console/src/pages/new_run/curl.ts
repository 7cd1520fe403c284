// The same request as a command line.

/** Quoted for a POSIX shell, whatever the body holds. */
export function curl(origin: string, body: unknown): string {
  return [
    `curl -X POST ${origin}/api/runs`,
    "-H 'Content-Type: application/json'",
    `-d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`,
  ].join(" ");
}
