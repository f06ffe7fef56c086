import { describe, expect, test } from "vitest";
import { colorPoints } from "../src/color/coloring";
import { fromOklab, oklabDistance, toOklab } from "../src/color/oklab";
import { categoryColor, N_DISTINCT_COLORS, type Rgb, type Theme } from "../src/color/palette";
import { rampColor } from "../src/color/ramp";
import { seenBy } from "../src/color/vision";
import { STAGE_COLORS } from "../src/stage/stage_colors";

const THEMES: Theme[] = ["light", "dark"];

function linear(value: number): number {
  const c = value / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
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
  const chosen = colors.slice(0, 20);

  test("keeps twenty categories well apart, and sixty-four still apart", () => {
    expect(smallestDistance(chosen)).toBeGreaterThan(0.07);
    expect(N_DISTINCT_COLORS).toBe(64);
    expect(smallestDistance(colors)).toBeGreaterThan(0.025);
  });

  test.each([
    ["protanopia", 1],
    ["deuteranopia", 2],
    ["tritanopia", 3],
  ])("keeps twenty apart with %s", (_, way) => {
    const seen = chosen.map((color) => seenBy(color)[way] ?? color);
    expect(smallestDistance(seen)).toBeGreaterThan(0.05);
  });

  test("repeats nothing before its end, and begins again after it", () => {
    expect(new Set(colors.map(String)).size).toBe(N_DISTINCT_COLORS);
    expect(categoryColor(N_DISTINCT_COLORS, theme)).toEqual(categoryColor(0, theme));
  });

  test("stands out from the stage", () => {
    const under = luminance(STAGE_COLORS[theme].background) + 0.05;
    for (const color of colors) {
      const over = luminance(color) + 0.05;
      expect(Math.max(over / under, under / over)).toBeGreaterThan(1.7);
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
