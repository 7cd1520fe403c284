// Whether the screen is as narrow as a phone's: then rows are cards.
import { useSyncExternalStore } from "react";

const narrow = matchMedia("(max-width: 639px)");

export const useIsPhone = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      narrow.addEventListener("change", listener);
      return () => narrow.removeEventListener("change", listener);
    },
    () => narrow.matches,
  );
