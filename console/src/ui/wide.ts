// Whether there is room for two things side by side: what CSS alone cannot tell, such as what is loaded at all.
import { useSyncExternalStore } from "react";

const wide = matchMedia("(min-width: 64rem)");

export const useIsWide = (): boolean => useSyncExternalStore(subscribe, () => wide.matches);

function subscribe(listener: () => void): () => void {
  wide.addEventListener("change", listener);
  return () => wide.removeEventListener("change", listener);
}
