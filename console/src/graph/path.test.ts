// The curves of lines and the places of their labels.
import { describe, expect, it } from "vitest";
import { curve, middle } from "./path";

const points = [
  { x: 0, y: 0 },
  { x: 40, y: 20 },
];

describe("curve", () => {
  it("leaves and enters along the direction of the drawing", () => {
    expect(curve(points, "down")).toBe("M0 0 C0 10 40 10 40 20");
    expect(curve(points, "across")).toBe("M0 0 C20 0 20 20 40 20");
  });

  it("is straight where nothing is to be gone around", () => {
    expect(curve([points[0] ?? { x: 0, y: 0 }, { x: 0, y: 9 }], "down")).toBe("M0 0 L0 9");
    expect(curve([], "down")).toBe("");
  });

  it("goes around in one bow", () => {
    const around = [0, 1, 2, 3].map((x) => ({ x, y: x }));
    expect(curve(around, "down", true)).toBe("M0 0 C1 1 2 2 3 3");
  });
});

describe("middle", () => {
  it("lies between two points, and on the middle one of three", () => {
    expect(middle(points)).toEqual({ x: 20, y: 10 });
    expect(middle([...points, { x: 80, y: 90 }])).toEqual({ x: 40, y: 20 });
  });

  it("lies on the bow of a way around", () => {
    const bow = [
      { x: 0, y: 0 },
      { x: 0, y: 8 },
      { x: 8, y: 8 },
      { x: 8, y: 0 },
    ];
    expect(middle(bow, true)).toEqual({ x: 4, y: 6 });
  });
});
