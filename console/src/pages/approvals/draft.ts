// What somebody is writing to a question: kept in the tab by question, so that no update, tab or reload loses it.
import { useSyncExternalStore } from "react";

export interface Draft {
  /** Why: told to the agent, or to the run. */
  comment: string;
  /** The answer to an INPUT. */
  text: string;
  /** The flags that have been accepted. */
  ticked: readonly string[];
}

interface About {
  run_id: number;
  id: number;
}

const PREFIX = "agent-runner.draft.";
const EMPTY: Draft = { comment: "", text: "", ticked: [] };
const read = new Map<string, Draft>();
const listeners = new Set<() => void>();

export function useDraft(question: About): [Draft, (change: Partial<Draft>) => void] {
  const draft = useSyncExternalStore(subscribe, () => draftOf(question));
  return [draft, (change) => write(question, { ...draftOf(question), ...change })];
}

export function draftOf(question: About): Draft {
  const name = nameOf(question);
  const known = read.get(name);
  if (known) return known;
  const draft = parsed(stored()?.getItem(name));
  read.set(name, draft);
  return draft;
}

export function write(question: About, draft: Draft): void {
  const name = nameOf(question);
  read.set(name, draft);
  if (isEmpty(draft)) stored()?.removeItem(name);
  else stored()?.setItem(name, JSON.stringify(draft));
  for (const listener of listeners) listener();
}

export const drop = (question: About): void => write(question, EMPTY);

/** Words written to an earlier question of the run go over to this one, unless it has its own. Ticks do not: they were about something else. */
export function carry(question: About): void {
  for (const earlier of earlierOnes(question)) {
    const own = draftOf(question);
    const { comment, text } = draftOf(earlier);
    if (!own.comment && !own.text) write(question, { ...own, comment, text });
    drop(earlier);
  }
}

export const isEmpty = (draft: Draft): boolean => !draft.comment && !draft.text && draft.ticked.length === 0;

/** Forgets what was read, as a reload does. */
export function forget(): void {
  read.clear();
}

/** The latest first. */
function earlierOnes({ run_id, id }: About): About[] {
  const kept = stored();
  if (!kept) return [];
  const ofRun = `${PREFIX}${run_id}.`;
  return Array.from({ length: kept.length }, (_, place) => kept.key(place) ?? "")
    .filter((name) => name.startsWith(ofRun))
    .map((name) => ({ run_id, id: Number(name.slice(ofRun.length)) }))
    .filter((question) => question.id < id)
    .sort((one, other) => other.id - one.id);
}

function parsed(text: string | null | undefined): Draft {
  if (!text) return EMPTY;
  try {
    return { ...EMPTY, ...(JSON.parse(text) as Partial<Draft>) };
  } catch {
    return EMPTY;
  }
}

function stored(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null; // forbidden by the browser's settings: it is kept until the page is left
  }
}

const nameOf = ({ run_id, id }: About): string => `${PREFIX}${run_id}.${id}`;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
