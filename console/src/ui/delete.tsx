// A button that deletes something after asking; what the API has against it is shown where it was asked.
import { useMutation } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Button } from "./button";
import { Confirm } from "./dialog";
import { notify } from "./notice";
import { Failure } from "./panel";

export function Delete({
  what,
  remove,
  done,
  children,
}: {
  /** Named as in a sentence: `the project Docs`. */
  what: string;
  remove: () => Promise<unknown>;
  done: () => void | Promise<void>;
  /** What is lost, and what is not. */
  children: ReactNode;
}) {
  const [isAsking, setIsAsking] = useState(false);
  const deletion = useMutation({
    mutationFn: remove,
    onSuccess: async () => {
      setIsAsking(false);
      notify(`Deleted ${what}.`);
      await done();
    },
  });
  const ask = () => {
    deletion.reset();
    setIsAsking(true);
  };
  return (
    <>
      <Button look="danger" icon={<Trash2 aria-hidden className="size-3.5" />} onClick={ask}>
        Delete
      </Button>
      <Confirm
        title={`Delete ${what}?`}
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        yes="Delete"
        onYes={() => deletion.mutate()}
      >
        <div className="flex flex-col gap-3">
          <div>{children}</div>
          {deletion.error ? <Failure error={deletion.error} /> : null}
        </div>
      </Confirm>
    </>
  );
}
