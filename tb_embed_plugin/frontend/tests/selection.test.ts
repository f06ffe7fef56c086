import { expect, test } from "vitest";
import type { Series } from "../src/api/types";
import { resolveSelection } from "../src/state/selection";

function series(run: string, tag: string, layouts: string[]): Series {
  const infos = layouts.map((name) => ({ name, method: "tsne", version: "1", n_dims: 2, steps: [0] }));
  return { run, tag, n_points: 1, steps: [0], columns: [], sprites: null, layouts: infos };
}

const all: Series[] = [
  { run: "a", tag: "broken", error: "unreadable" },
  series("a", "fc1", []),
  series("b", "fc1", ["tsne", "live"]),
  series("b", "fc2", ["live"]),
];

test("without a wish, the first series that can be played is taken", () => {
  expect(resolveSelection(all, {})).toEqual({ run: "b", tag: "fc1", layout: "tsne" });
});

test("tag and layout are kept across runs where they exist there", () => {
  expect(resolveSelection(all, { run: "b", tag: "fc2", layout: "live" })).toEqual({
    run: "b",
    tag: "fc2",
    layout: "live",
  });
  expect(resolveSelection(all, { run: "b", tag: "fc9", layout: "gone" })).toEqual({
    run: "b",
    tag: "fc1",
    layout: "tsne",
  });
});

test("a series that cannot be played can be selected, to read why", () => {
  expect(resolveSelection(all, { run: "a", tag: "broken" })).toEqual({
    run: "a",
    tag: "broken",
    layout: null,
  });
  expect(resolveSelection(all, { run: "a", tag: "fc1" })).toEqual({ run: "a", tag: "fc1", layout: null });
});

test("a run that is gone gives way to one that is there, and nothing to nothing", () => {
  expect(resolveSelection(all, { run: "z", tag: "fc2" })?.run).toBe("b");
  expect(resolveSelection([], { run: "a" })).toBeNull();
});
