// How a graph becomes a tree with stacks, and what is said of these.
import { describe, expect, it } from "vitest";
import { countOf, found, type Item, itemsOf, linksBetween, opener, partOf, stateOf, tally } from "./model";
import { agent, article, crowd, debate, graph as graphOf } from "./sample";

const ids = (items: readonly Item[]) => items.map((item) => item.id);

describe("itemsOf", () => {
  it("puts what stands in a topology into it", () => {
    const items = itemsOf(article);
    expect(ids(items)).toEqual(["BEGIN", "research", "review", "END"]);
    expect(ids(items[1]?.inner ?? [])).toEqual(["research/ann", "research/bob", "research/dot"]);
    expect(countOf(items)).toBe(9);
  });

  it("stacks more than twelve alike, and leaves twelve as they are", () => {
    expect(ids(itemsOf(crowd(12)))).toHaveLength(15);
    const items = itemsOf(crowd(13));
    expect(ids(items)).toEqual(["BEGIN", "#members", "dot", "END"]);
    expect(items[1]).toMatchObject({ kind: "stack", label: "13 researchers", node: null });
    expect(items[1]?.inner).toHaveLength(13);
  });

  it("names a stack of different agents by their slot", () => {
    const nodes = Array.from({ length: 13 }, (_, at) => agent(`one${at}`, "level-1"));
    const of = (slot: string) =>
      itemsOf({ ...debate, nodes: nodes.map((node) => ({ ...node, slot })) })[0]?.label;
    expect(of("level-1")).toBe("13 on level-1");
    expect(of("workers")).toBe("13 workers");
  });
});

describe("the states of a stack", () => {
  const states = ["done", "running", "failed", "done", "skipped"] as const;
  const graph = crowd(14, [
    ...states.map((state) => ({ state })),
    ...Array.from({ length: 9 }, () => ({ state: "done" as const })),
  ]);
  const [, stack] = itemsOf(graph);

  it("are counted, those to look at first before the others", () => {
    expect(tally(stack?.inner ?? [])).toBe("1 failed, 1 running, 11 done, 1 skipped");
  });

  it("come to that of the one to look at first", () => {
    expect(stack && stateOf(stack)).toBe("failed");
  });

  it("are none without a run", () => {
    const [, bare] = itemsOf(crowd(14));
    expect(tally(bare?.inner ?? [])).toBe("");
    expect(bare && stateOf(bare)).toBeNull();
  });
});

describe("linksBetween", () => {
  it("gives those of a stack once", () => {
    const graph = crowd(20);
    const links = linksBetween(graph, itemsOf(graph));
    expect(links.map(({ from, to }) => `${from} ${to}`)).toEqual([
      "BEGIN #members",
      "#members dot",
      "dot END",
    ]);
  });

  it("gives none from a stack to itself", () => {
    const names = Array.from({ length: 13 }, (_, at) => `one${at}`);
    const ring = names.map((from, at) => ({ from, to: names[(at + 1) % 13] ?? "", is_loop: true }));
    const many = graphOf(
      names.map((name) => agent(name, "debaters")),
      ring,
    );
    expect(linksBetween(many, itemsOf(many))).toEqual([]);
  });

  it("keeps what leads back, and what is between others away", () => {
    const review = found(itemsOf(article), "review");
    expect(linksBetween(article, review?.inner ?? [])).toEqual([
      { from: "review/dot", to: "review/cid", kind: "work", label: "", isLoop: false },
      { from: "review/cid", to: "review/dot", kind: "revision", label: "revise", isLoop: true },
    ]);
  });
});

describe("opener", () => {
  const graph = crowd(20);
  const items = itemsOf(graph);
  const stack = items[1] as Item;

  it("opens topologies and leaves stacks closed", () => {
    expect(opener(items, new Map(), null)(stack)).toBe(false);
    const research = found(itemsOf(article), "research") as Item;
    expect(opener(itemsOf(article), new Map(), null)(research)).toBe(true);
  });

  it("opens where the selected node is, unless somebody has closed it", () => {
    expect(opener(items, new Map(), "researcher-7")(stack)).toBe(true);
    expect(opener(items, new Map([[stack.id, false]]), "researcher-7")(stack)).toBe(false);
  });

  it("leaves the topologies of a large graph closed", () => {
    const many = Array.from({ length: 60 }, (_, at) => agent(`research/one${at}`, `slot${at}`));
    const large = itemsOf({ ...article, nodes: [...article.nodes, ...many] });
    expect(opener(large, new Map(), null)(found(large, "research") as Item)).toBe(false);
  });
});

it("says a part once where slot and role have one name", () => {
  expect(partOf({ ...agent("dot", "synthesizer"), role: "synthesizer" })).toBe("synthesizer");
  expect(partOf(agent("ann", "members"))).toBe("members, executor");
});
