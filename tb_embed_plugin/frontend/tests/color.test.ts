import { describe, expect, test } from "vitest";
import { colorPoints } from "../src/color/coloring";
import { fromOklab, oklabDistance, toOklab } from "../src/color/oklab";
import { categoryColor, N_DISTINCT_COLORS, type Rgb, type Theme } from "../src/color/palette";
import { rampColor } from "../src/color/ramp";
import { STAGE_COLORS } from "../src/stage/stage_colors";

const THEMES: Theme[] = ["light", "dark"];

/** Machado et al. 2009, severity 1, on linear light. */
const VISION: Record<string, number[][]> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function linear(value: number): number {
  const c = value / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

function seenWith(matrix: number[][], color: Rgb): Rgb {
  const light = color.map(linear);
  const [r = 0, g = 0, b = 0] = matrix.map((row) => {
    const sum = row.reduce((total, weight, i) => total + weight * (light[i] ?? 0), 0);
    const c = Math.min(1, Math.max(0, sum));
    return 255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);
  });
  return [r, g, b];
}

function luminance(color: Rgb): number {
  const [r = 0, g = 0, b = 0] = color.map(linear);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function smallestDistance(colors: Rgb[]): number {
  const labs = colors.map(toOklab);
  return Math.min(...labs.flatMap((p, i) => labs.slice(i + 1).map((q) => oklabDistance(p, q))));
}

describe.each(THEMES)("the %s palette", (theme) => {
  const colors = Array.from({ length: N_DISTINCT_COLORS }, (_, i) => categoryColor(i, theme));

  test("keeps twenty categories apart", () => {
    expect(N_DISTINCT_COLORS).toBe(20);
    expect(smallestDistance(colors)).toBeGreaterThan(0.07);
  });

  test.each(Object.entries(VISION))("keeps them apart with %s", (_, matrix) => {
    expect(smallestDistance(colors.map((color) => seenWith(matrix, color)))).toBeGreaterThan(0.05);
  });

  test("stands out from the stage", () => {
    const under = luminance(STAGE_COLORS[theme].background) + 0.05;
    for (const color of colors) {
      const over = luminance(color) + 0.05;
      expect(Math.max(over / under, under / over)).toBeGreaterThan(1.8);
    }
  });
});

describe.each(THEMES)("the %s ramp", (theme) => {
  const labs = Array.from({ length: 18 }, (_, i) => toOklab(rampColor(i / 17, theme)));

  test("takes even steps", () => {
    const steps = labs.slice(1).map((lab, i) => oklabDistance(lab, labs[i] ?? lab));
    expect(Math.max(...steps) / Math.min(...steps)).toBeLessThan(1.2);
  });

  test("gets darker or lighter all the way", () => {
    const direction = theme === "light" ? -1 : 1;
    for (const [i, lab] of labs.slice(1).entries()) {
      expect(direction * (lab[0] - (labs[i]?.[0] ?? 0))).toBeGreaterThan(0);
    }
  });

  test("ends where its range ends", () => {
    expect(rampColor(-3, theme)).toEqual(rampColor(0, theme));
    expect(rampColor(7, theme)).toEqual(rampColor(1, theme));
  });
});

test("OKLab goes there and back", () => {
  expect(fromOklab(toOklab([12, 200, 99]))).toEqual([12, 200, 99]);
});

describe("colorPoints", () => {
  const column = {
    name: "label",
    kind: "categorical" as const,
    categories: ["cat", "dog"],
    codes: [0, 1, 1, null, 9],
  };
  const pixel = (colors: Uint8Array, i: number) => [...colors.slice(4 * i, 4 * i + 4)];

  test("counts categories, and those without one", () => {
    const { colors, legend } = colorPoints(5, column, "light", new Set());
    expect(
      legend.kind === "categories" && legend.entries.map(({ category, count }) => [category, count]),
    ).toEqual([
      ["cat", 1],
      ["dog", 2],
      [null, 2],
    ]);
    expect(pixel(colors, 1)).toEqual([...categoryColor(1, "light"), 255]);
    expect(pixel(colors, 3)).toEqual(pixel(colors, 4));
  });

  test("puts what is not emphasized into the background", () => {
    const { colors, isEmphasized } = colorPoints(5, column, "light", new Set(["dog"]));
    expect([...isEmphasized]).toEqual([0, 1, 1, 0, 0]);
    expect(colors[3]).toBeLessThan(100);
    expect(colors[7]).toBe(255);
  });

  test("stretches the ramp over the finite values", () => {
    const values = [null, 2, 6, 4];
    const { colors, legend } = colorPoints(4, { name: "size", kind: "number", values }, "dark", new Set());
    expect(legend).toEqual({ kind: "range", min: 2, max: 6, nMissing: 1 });
    expect(pixel(colors, 1).slice(0, 3)).toEqual([...rampColor(0, "dark")]);
    expect(pixel(colors, 2).slice(0, 3)).toEqual([...rampColor(1, "dark")]);
    expect(pixel(colors, 3).slice(0, 3)).toEqual([...rampColor(0.5, "dark")]);
  });
});
