// Saves a file of the run to disk, and says so where that fails.
import { useMutation } from "@tanstack/react-query";
import { save } from "@/api/files";
import { notifyFailure } from "@/ui/notice";

export const useSave = () =>
  useMutation({
    mutationFn: ({ at, name }: { at: string; name: string }) => save(at, name),
    onError: (error, { name }) => notifyFailure(`${name} was not saved`, error),
  });
