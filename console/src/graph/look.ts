// How each kind of edge looks: told apart by its form, which a legend explains, not by colour.
import type { EdgeKind } from "./model";

export type Head = "filled" | "open" | "diamond";

export interface EdgeLook {
  name: string;
  /** As `stroke-dasharray` has it. */
  dash: string;
  width: number;
  head: Head;
}

export const EDGES: Record<EdgeKind, EdgeLook> = {
  work: { name: "hands on its work", dash: "", width: 1.5, head: "filled" },
  positions: { name: "states its position", dash: "1.5 4", width: 1.75, head: "filled" },
  verdict: { name: "decides", dash: "", width: 1.5, head: "diamond" },
  escalation: { name: "passes the decision up", dash: "9 4", width: 1.5, head: "open" },
  assignment: { name: "gives out tasks", dash: "", width: 1.5, head: "open" },
  revision: { name: "asks for a revision", dash: "9 3 2 3", width: 1.5, head: "filled" },
};
