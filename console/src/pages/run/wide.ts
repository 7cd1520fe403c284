// Whether there is room for two columns.
import { useSyncExternalStore } from "react";

const wide = matchMedia("(min-width: 64rem)");
const roomy = matchMedia("(min-width: 40rem)");

const subscribeTo = (query: MediaQueryList) => (listener: () => void) => {
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
};
const subscribeWide = subscribeTo(wide);
const subscribeRoomy = subscribeTo(roomy);

export const useIsWide = (): boolean => useSyncExternalStore(subscribeWide, () => wide.matches);
/** Not a phone. */
export const useIsRoomy = (): boolean => useSyncExternalStore(subscribeRoomy, () => roomy.matches);
