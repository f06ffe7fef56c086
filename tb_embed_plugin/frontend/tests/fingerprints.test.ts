import { describe, expect, it } from "vitest";
import {
  classBands,
  meanSelectivity,
  orderUnits,
  paint,
  stepShownAt,
  valueAt,
} from "../src/fingerprints/heat_map";
import { toRgba } from "../src/fingerprints/ideal_inputs";
import type { Fingerprints } from "../src/fingerprints/replies";
import { decodeGuests, guestsAt } from "../src/guests/guests";
import { tweenAt } from "../src/playback/clock";

const MAP: Fingerprints = {
  step: 10,
  nUnits: 3,
  nPoints: 2,
  values: Uint8Array.of(0, 254, 127, 255, 254, 254),
  least: -1,
  greatest: 1,
  nFeatures: 3,
  units: Uint32Array.of(0, 4, 8),
  points: Uint32Array.of(7, 3),
  classes: Int32Array.of(0, 1),
  selectivity: Float32Array.of(0.2, 0.9, 0.5),
  preferred: Int32Array.of(1, -1, 0),
};

describe("heat map", () => {
  it("orders units by number, selectivity, or preferred class with those that have none last", () => {
    expect(orderUnits(MAP, "unit")).toEqual([0, 1, 2]);
    expect(orderUnits(MAP, "selectivity")).toEqual([1, 2, 0]);
    expect(orderUnits(MAP, "class")).toEqual([2, 0, 1]);
  });

  it("paints rows in the order given, and what is no number in gray", () => {
    const pixels = paint(MAP, [2, 1], "light");
    const at = (i: number) => [...pixels.slice(4 * i, 4 * i + 3)];
    expect(at(0)).toEqual(at(1));
    expect(at(2)).not.toEqual(at(0));
    expect(at(3)).toEqual([154, 160, 166]);
  });

  it("reads the activation of a cell", () => {
    expect(valueAt(MAP, 0, 1)).toBe(1);
    expect(valueAt(MAP, 0, 0)).toBe(-1);
    expect(valueAt(MAP, 1, 1)).toBeNull();
    expect(meanSelectivity(MAP)).toBeCloseTo(1.6 / 3);
  });

  it("finds where each class stands", () => {
    expect(classBands(Int32Array.of(0, 0, 2, -1))).toEqual([
      { category: 0, start: 0, end: 2 },
      { category: 2, start: 2, end: 3 },
      { category: -1, start: 3, end: 4 },
    ]);
  });

  it("shows the last captured step that is not after the playhead's", () => {
    expect(stepShownAt([0, 10, 20], 15)).toBe(10);
    expect(stepShownAt([5, 10], 3)).toBe(5);
    expect(stepShownAt([], 3)).toBeNull();
  });

  it("shows pictures of one channel in gray and of three in color", () => {
    const gray = { names: ["a"], width: 1, height: 1, nChannels: 1, pixels: Uint8Array.of(9), scores: null };
    expect([...toRgba(gray, 0)]).toEqual([9, 9, 9, 255]);
    const color = { ...gray, nChannels: 3, pixels: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect([...toRgba(color, 1)]).toEqual([4, 5, 6, 255]);
  });
});

describe("guests", () => {
  const guests = {
    steps: [0, 20],
    nGuests: 2,
    nDims: 2,
    positions: Float32Array.of(0, 0, Number.NaN, Number.NaN, 10, 20, 1, 1),
  };
  const steps = [0, 20, 30];

  it("move between steps at which they have places", () => {
    expect(guestsAt(guests, steps, tweenAt(0.25))).toEqual([[2.5, 5]]);
  });

  it("are seen at the nearest step where they have a place at one only", () => {
    expect(guestsAt(guests, steps, tweenAt(0.75))).toEqual([
      [7.5, 15],
      [1, 1],
    ]);
    expect(guestsAt(guests, steps, tweenAt(2))).toEqual([]);
  });

  it("of a file without steps are refused", () => {
    const header = new TextEncoder().encode("{}");
    const file = new Uint8Array(8 + header.length);
    file[0] = header.length;
    file.set(header, 8);
    expect(() => decodeGuests(file.buffer)).toThrow("lack their positions");
  });
});
