import { describe, expect, test } from "vitest";
import { colorPoints } from "../src/color/coloring";
import { shuffledIndices } from "../src/stage/drawing_order";
import { HALO, SELECTED_RING } from "../src/stage/renderer";
import { STAGE_COLORS } from "../src/stage/stage_colors";
import { findPickable, makePointStyle } from "../src/state/point_style";
import { combine } from "../src/state/selecting";

describe("a selection", () => {
  const before = Uint32Array.from([2, 5, 9]);

  test("is replaced, added to and taken from, and stays ascending", () => {
    expect([...combine(before, [7, 3], "replace")]).toEqual([3, 7]);
    expect([...combine(before, [7, 3, 5], "add")]).toEqual([2, 3, 5, 7, 9]);
    expect([...combine(before, [5, 6], "subtract")]).toEqual([2, 9]);
    expect([...before]).toEqual([2, 5, 9]);
  });

  test("goes by number, not by text", () => {
    expect([...combine(new Uint32Array(0), [10, 9, 100], "add")]).toEqual([9, 10, 100]);
  });
});

describe("the style of points", () => {
  const column = { name: "label", kind: "categorical" as const, categories: ["a", "b"], codes: [0, 0, 1, 1] };
  const parts = {
    coloring: colorPoints(4, column, "light", new Set()),
    hidden: null as Uint8Array | null,
    hidesFiltered: true,
    opacity: 1,
    selected: Uint32Array.from([1]),
    halos: null as Uint8Array | null,
    unsupported: null as Uint8Array | null,
    shuffled: shuffledIndices(4),
    theme: "light" as const,
  };

  test("paints every point once, the selected ones last and ringed", () => {
    const { order, adornments } = makePointStyle(parts);
    expect([...order].sort()).toEqual([0, 1, 2, 3]);
    expect(order.at(-1)).toBe(1);
    expect([...adornments]).toEqual([0, SELECTED_RING, 0, 0]);
  });

  test("leaves filtered points out, or makes them faint", () => {
    const hidden = Uint8Array.from([1, 1, 0, 0]);
    const gone = makePointStyle({ ...parts, hidden });
    expect([...gone.order].sort()).toEqual([2, 3]);
    expect(gone.adornments[1]).toBe(0);
    const faint = makePointStyle({ ...parts, hidden, hidesFiltered: false });
    expect(faint.order).toHaveLength(4);
    expect([...faint.order.slice(0, 1)]).toEqual([0]);
    expect(faint.colors[3]).toBeLessThan(100);
    expect(faint.colors[11]).toBe(255);
  });

  test("warns with a halo beside the ring of the selection, and grays what is not supported", () => {
    const { adornments, colors } = makePointStyle({
      ...parts,
      halos: Uint8Array.from([0, 1, 1, 0]),
      unsupported: Uint8Array.from([0, 0, 0, 1]),
    });
    expect([...adornments]).toEqual([0, SELECTED_RING | HALO, HALO, 0]);
    expect([...colors.slice(12, 15)]).toEqual([...STAGE_COLORS.light.unsupported]);
  });

  test("scales opacity without touching the legend's colors", () => {
    const { colors } = makePointStyle({ ...parts, opacity: 0.4 });
    expect([colors[3], colors[7]]).toEqual([102, 102]);
    expect(parts.coloring.colors[3]).toBe(255);
  });

  test("lets the pointer find neither filtered points nor the background", () => {
    const isEmphasized = Uint8Array.from([1, 0, 1, 1]);
    expect([...findPickable(isEmphasized, Uint8Array.from([0, 0, 0, 1]))]).toEqual([1, 0, 1, 0]);
    expect(findPickable(isEmphasized, null)).toBe(isEmphasized);
  });
});
