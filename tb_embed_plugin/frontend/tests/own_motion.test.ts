import { describe, expect, test } from "vitest";
import { MISSING } from "../src/api/frames";
import { findUnsupported, fractionalRanks, splitMotion } from "../src/stage/own_motion";
import { applySimilarity, fitSimilarity, shiftOf, turnOf } from "../src/stage/similarity";

/** A fixed cloud: the same numbers every time. */
function cloud(nPoints: number, nDims: number): number[] {
  let state = 7;
  return Array.from({ length: nPoints * nDims }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32 - 0.5) * (8000 - 2000 * (i % nDims));
  });
}

function quantized(values: number[]): Uint16Array {
  return Uint16Array.from(values, (value) => Math.round(value + 30_000));
}

function turnedInPlane(values: number[], degrees: number, scale: number, shift: number): number[] {
  const angle = (degrees * Math.PI) / 180;
  const [c, s] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  return values.map((value, i) =>
    i % 2 === 0 ? c * value - s * values[i + 1]! + shift : s * values[i - 1]! + c * value - shift,
  );
}

/** Around the axis (1, 1, 1) by 120° the coordinates change places. */
function turnedInSpace(values: number[]): number[] {
  return values.map((_, i) => 0.9 * values[i - (i % 3) + ((i + 2) % 3)]!);
}

describe("the whole cloud's motion", () => {
  const flat = cloud(200, 2);

  test("is found where it is all there is, in two dimensions", () => {
    const whole = fitSimilarity(quantized(flat), quantized(turnedInPlane(flat, 35, 1.2, 500)), 2);
    expect(whole && turnOf(whole)).toBeCloseTo(35, 2);
    expect(whole?.scale).toBeCloseTo(1.2, 3);
    // The cloud turns around its own middle, which is not quite where the axes cross.
    expect(whole && Math.abs(shiftOf(whole) * whole.radius - 500 * Math.SQRT2)).toBeLessThan(20);
  });

  test("is found in three dimensions", () => {
    const deep = cloud(200, 3);
    const whole = fitSimilarity(quantized(deep), quantized(turnedInSpace(deep)), 3);
    expect(whole && turnOf(whole)).toBeCloseTo(120, 2);
    expect(whole?.scale).toBeCloseTo(0.9, 3);
    const out = [0, 0, 0];
    if (whole) applySimilarity(whole, quantized(deep), 30, out);
    const expected = quantized(turnedInSpace(deep)).subarray(30, 33);
    for (const axis of [0, 1, 2]) expect(Math.abs(out[axis]! - expected[axis]!)).toBeLessThan(2);
  });

  test("never mirrors the cloud", () => {
    const mirrored = flat.map((value, i) => (i % 2 === 0 ? -value : value));
    const [a = 0, b = 0, c = 0, d = 0] =
      fitSimilarity(quantized(flat), quantized(mirrored), 2)?.rotation ?? [];
    expect(a * d - b * c).toBeCloseTo(1, 9);
  });

  test("leaves nothing over as a point's own", () => {
    const split = splitMotion(quantized(flat), quantized(turnedInPlane(flat, 80, 0.7, 100)), 2);
    expect(Math.max(...(split?.own ?? [1]))).toBeLessThan(1e-3);
  });

  test("is told apart from that of one point, which comes first", () => {
    const after = turnedInPlane(flat, 10, 1, 0);
    after[2 * 17] = after[2 * 17]! + 4000;
    const split = splitMotion(quantized(flat), quantized(after), 2);
    expect(split?.order[0]).toBe(17);
    expect(split?.own[17]).toBeGreaterThan(20 * (split?.own[split.order[1]!] ?? 1));
  });

  test("is taken of points that are in both frames only", () => {
    const [from, to] = [quantized(flat), quantized(flat)];
    from.set([MISSING, MISSING], 10);
    const split = splitMotion(from, to, 2);
    expect(split?.own[5]).toBeNaN();
    expect([...(split?.order ?? [])]).not.toContain(5);
    expect(split && turnOf(split.whole)).toBeCloseTo(0, 6);
  });

  test("is none where there is no cloud", () => {
    const dot = Uint16Array.from([5, 5, 5, 5]);
    expect(splitMotion(dot, dot, 2)).toBeNull();
    expect(splitMotion(Uint16Array.from([5, 5]), Uint16Array.from([6, 6]), 2)).toBeNull();
  });
});

describe("support by the activations", () => {
  const own = Float32Array.from([0, 1, 2, 3, 4]);

  test("is missing where a point ranks high here and low in all that is known of the activations", () => {
    const moved = Float32Array.from([4, 3, 2, 1, 0]);
    expect([...(findUnsupported(own, [moved]) ?? [])]).toEqual([0, 0, 0, 0, 1]);
    const changed = Float32Array.from([0, 0, 0, 0, 9]);
    expect([...(findUnsupported(own, [moved, changed]) ?? [])]).toEqual([0, 0, 0, 0, 0]);
  });

  test("is not judged where nothing is known", () => {
    expect(findUnsupported(own, [])).toBeNull();
    const gone = Float32Array.from([Number.NaN, 1, 2, 3, 4]);
    expect(findUnsupported(gone, [own])?.[0]).toBe(0);
  });

  test("goes by ranks, which equal values share", () => {
    const ranks = fractionalRanks(Float32Array.from([5, 1, 5, Number.NaN, 0]));
    expect([...ranks]).toEqual([
      expect.closeTo(2.5 / 3),
      expect.closeTo(1 / 3),
      expect.closeTo(2.5 / 3),
      Number.NaN,
      0,
    ]);
  });
});
