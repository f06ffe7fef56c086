import { describe, expect, it } from "vitest";
import { differenceOf } from "../src/compare/difference";
import { nearestInPicture } from "../src/compare/picture_neighbors";
import { parseCompare, startComparing } from "../src/state/compare";
import { Store } from "../src/state/store";

function randomPicture(nPoints: number, nDims: number, seed: number) {
  let state = seed;
  const random = () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
  // Clustered, as layouts are: cells are not evenly full.
  const positions = Uint16Array.from({ length: nPoints * nDims }, () => random() ** 3 * 65000);
  return { positions, nDims };
}

function bruteForce(
  { positions, nDims }: { positions: Uint16Array; nDims: number },
  count: number,
): number[] {
  const nPoints = positions.length / nDims;
  return Array.from({ length: nPoints }, (_, a) => {
    const others = Array.from({ length: nPoints }, (_, b) => {
      let squared = 0;
      for (let axis = 0; axis < nDims; axis++) {
        squared += (positions[nDims * a + axis]! - positions[nDims * b + axis]!) ** 2;
      }
      return { b, squared };
    });
    return others
      .filter(({ b }) => b !== a)
      .sort((x, y) => x.squared - y.squared || x.b - y.b)
      .slice(0, count)
      .map(({ b }) => b);
  }).flat();
}

describe("neighbors in a picture", () => {
  it.each([2, 3])("are those of all distances, with %i axes", (nDims) => {
    const picture = randomPicture(300, nDims, 7);
    expect([...nearestInPicture(picture, 6)]).toEqual(bruteForce(picture, 6));
  });

  it("leave out points without a place, and end with −1 where there are fewer", () => {
    const picture = { positions: Uint16Array.from([1, 1, 65535, 65535, 3, 3]), nDims: 2 };
    expect([...nearestInPicture(picture, 2)]).toEqual([2, -1, -1, -1, 0, -1]);
  });
});

describe("the difference of two pictures", () => {
  const picture = randomPicture(200, 2, 3);

  it("is nothing where one is the other, mirrored", () => {
    const mirrored = {
      positions: picture.positions.map((value, i) => (i % 2 ? value : 65000 - value)),
      nDims: 2,
    };
    expect(Math.max(...differenceOf(picture, mirrored))).toBe(0);
  });

  it("is great for a point that went elsewhere, and small for those that stayed", () => {
    const moved = picture.positions.slice();
    moved.set([64999, 64999], 2 * 50);
    const difference = differenceOf(picture, { positions: moved, nDims: 2 });
    expect(difference[50]).toBeGreaterThan(0.8);
    expect([...difference].filter((value) => value > 0.3)).toHaveLength(1);
  });

  it("is unknown for a point without a place, and for one point alone", () => {
    const missing = picture.positions.slice();
    missing.set([65535, 65535], 0);
    expect(differenceOf(picture, { positions: missing, nDims: 2 })[0]).toBeNaN();
    const alone = { positions: Uint16Array.from([1, 2]), nDims: 2 };
    expect([...differenceOf(alone, alone)]).toEqual([Number.NaN]);
  });
});

describe("what is compared", () => {
  const layout = (name: string) => ({ name, method: "tsne", version: "1", n_dims: 2, steps: [0, 10] });
  const series = (run: string, tag: string, ...layouts: string[]) => ({
    run,
    tag,
    n_points: 2,
    steps: [0, 10],
    columns: [],
    sprites: null,
    layouts: layouts.map(layout),
  });

  it("is another layer at first, else the same of another run, else another layout", () => {
    const store = new Store();
    store.selection.value = { run: "a", tag: "conv", layout: "tsne" };
    store.series.value = [series("a", "conv", "tsne", "pca")];
    startComparing(store);
    expect(store.compare.value).toMatchObject({ run: "a", tag: "conv", layout: "pca", step: null });
    store.series.value = [series("a", "conv", "tsne"), series("b", "conv", "tsne")];
    startComparing(store);
    expect(store.compare.value).toMatchObject({ run: "b", tag: "conv" });
    store.series.value = [...store.series.value, series("a", "fc", "tsne")];
    startComparing(store);
    expect(store.compare.value).toMatchObject({ run: "a", tag: "fc" });
  });

  it("survives a link, and nothing else is believed", () => {
    const compare = { run: "a", tag: "b", layout: "pca", step: 10, colorsDifference: true };
    expect(parseCompare(JSON.stringify(compare))).toEqual(compare);
    expect(parseCompare('{"run": "a", "tag": "b", "step": "x"}')).toEqual({
      run: "a",
      tag: "b",
      layout: null,
      step: null,
      colorsDifference: false,
    });
    for (const text of ["", "null", "[]", "{", '{"run": 1, "tag": "b"}'])
      expect(parseCompare(text)).toBeNull();
  });
});
