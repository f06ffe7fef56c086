import { describe, expect, test } from "vitest";
import type { Column } from "../src/api/types";
import {
  type Filter,
  hiddenPoints,
  matchPoints,
  NO_FILTER,
  parsePattern,
  pointsOf,
} from "../src/state/filter";

const COLUMNS: Column[] = [
  { name: "label", kind: "categorical", categories: ["cat", "dog"], codes: [0, 1, 1, null] },
  { name: "size", kind: "number", values: [1.5, null, 2, 7] },
  { name: "caption", kind: "text", values: ["A (big) one", "small", null, "Big dog?"] },
];

function matching(filter: Partial<Filter>): number[] {
  return [...pointsOf(matchPoints({ ...NO_FILTER, ...filter }, COLUMNS, 4))];
}

describe("a filter", () => {
  test("finds text in any column, whatever its case", () => {
    expect(matching({ text: "big" })).toEqual([0, 3]);
    expect(matching({ text: "DOG" })).toEqual([1, 2, 3]);
    expect(matching({ text: "1.5" })).toEqual([0]);
  });

  test("takes text as it is unless it is a regular expression", () => {
    expect(matching({ text: "(big)" })).toEqual([0]);
    expect(matching({ text: "^big|small$", isRegularExpression: true })).toEqual([1, 3]);
  });

  test("says what is wrong with a regular expression, and asks nothing meanwhile", () => {
    const filter = { ...NO_FILTER, text: "(", isRegularExpression: true };
    expect(parsePattern(filter).error).toContain("(");
    expect(matching(filter)).toEqual([0, 1, 2, 3]);
  });

  test("keeps numbers in a range, ends included, and nothing that has no number", () => {
    expect(matching({ ranges: { size: [1.5, 2] } })).toEqual([0, 2]);
    expect(matching({ ranges: { size: [2, null] } })).toEqual([2, 3]);
    expect(matching({ ranges: { size: [null, null] } })).toEqual([0, 1, 2, 3]);
  });

  test("leaves classes out, and all conditions hold together", () => {
    expect(matching({ excluded: { label: ["dog"] } })).toEqual([0, 3]);
    expect(matching({ excluded: { label: ["dog"] }, text: "dog" })).toEqual([3]);
    expect(matching({ excluded: { elsewhere: ["dog"] } })).toEqual([0, 1, 2, 3]);
  });
});

describe("hiding", () => {
  const filter = { ...NO_FILTER, text: "big" };
  const matches = matchPoints(filter, COLUMNS, 4);

  test("isolates matches, or hides them, or neither", () => {
    expect([...hiddenPoints(filter, matches, null)!]).toEqual([0, 1, 1, 0]);
    expect([...hiddenPoints({ ...filter, mode: "hide" }, matches, null)!]).toEqual([1, 0, 0, 1]);
    expect(hiddenPoints({ ...filter, mode: "show" }, matches, null)).toBeNull();
  });

  test("adds the points that were cut by hand", () => {
    const cut = (mode: "hide" | "isolate") => ({ mode, points: Uint32Array.of(3) });
    expect([...hiddenPoints(filter, matches, cut("hide"))!]).toEqual([0, 1, 1, 1]);
    expect([...hiddenPoints(filter, matches, cut("isolate"))!]).toEqual([1, 1, 1, 0]);
  });
});
