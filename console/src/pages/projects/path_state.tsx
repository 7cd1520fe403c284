// Whether the API sees a project's directory, by icon, word and colour.
import { FolderCheck, FolderX } from "lucide-react";

export function PathState({ exists }: { exists: boolean }) {
  const Icon = exists ? FolderCheck : FolderX;
  return (
    <span
      title={
        exists
          ? "The API sees a directory there."
          : "The API sees no directory there now; runs that need it will fail."
      }
      className={`inline-flex items-center gap-1 text-sm whitespace-nowrap ${exists ? "text-done" : "text-waiting"}`}
    >
      <Icon aria-hidden className="size-4" />
      {exists ? "Found" : "Not there"}
    </span>
  );
}
