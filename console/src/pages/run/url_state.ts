// The parameters of the URL as state that answers at once: the URL follows when the person rests.
import { useCallback, useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";

/** Browsers refuse a page that changes its URL with every key that is pressed. */
const REST_MS = 200;

export type Change = (change: (params: URLSearchParams) => URLSearchParams) => void;

/** Whoever changes the URL otherwise, by a link or the back button, wins. */
export function useUrlState(): [URLSearchParams, Change] {
  const [params, setParams] = useSearchParams();
  const url = params.toString();
  const [own, setOwn] = useState(url);
  const latest = useRef(own);
  const written = useRef(url);
  const timer = useRef<number>(undefined);
  const take = useCallback((next: string) => {
    latest.current = next;
    setOwn(next);
  }, []);
  useEffect(() => {
    if (url === written.current) return;
    window.clearTimeout(timer.current);
    written.current = url;
    take(url);
  }, [url, take]);
  const write = useRef(setParams);
  write.current = setParams;
  const change: Change = useCallback(
    (to) => {
      take(to(new URLSearchParams(latest.current)).toString());
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => {
        written.current = latest.current;
        write.current(new URLSearchParams(latest.current), { replace: true, preventScrollReset: true });
      }, REST_MS);
    },
    [take],
  );
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return [new URLSearchParams(own), change];
}

/** The same parameters with this one set, or without it. */
export function withParam(params: URLSearchParams, name: string, value: string | null): URLSearchParams {
  const next = new URLSearchParams(params);
  if (value) next.set(name, value);
  else next.delete(name);
  return next;
}
