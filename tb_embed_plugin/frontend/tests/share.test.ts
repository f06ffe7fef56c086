import { describe, expect, test } from "vitest";
import { ownValues, withValues } from "../src/host/address";
import { decodePoints, encodePoints } from "../src/state/point_codec";
import { readShared, writeShared } from "../src/state/shared";
import { Store } from "../src/state/store";

describe("points as text", () => {
  const everyOther = Uint32Array.from({ length: 2000 }, (_, i) => 2 * i);
  test.each([
    ["none", new Uint32Array(0)],
    ["one", Uint32Array.of(7)],
    ["stretches", Uint32Array.of(0, 1, 2, 3, 40, 41, 99)],
    ["every other one", everyOther],
    ["far apart", Uint32Array.of(5, 99_999)],
  ])("come back: %s", (_, points) => {
    expect(decodePoints(encodePoints(points), 100_000)).toEqual(points);
  });

  test("take a bit each at most", () => {
    const text = encodePoints(Uint32Array.from({ length: 50_000 }, (_, i) => i));
    expect(text.length).toBeLessThan(10);
    expect(encodePoints(everyOther).length).toBeLessThan(4000 / 6 + 3);
  });

  test("beyond the limit are dropped, and what is not ours is refused", () => {
    expect(decodePoints("0-zzzzz", 3)).toEqual(Uint32Array.of(0, 1, 2));
    expect(decodePoints("<script>", 10)).toBeNull();
    expect(decodePoints("*%%", 10)).toBeNull();
  });
});

describe("TensorBoard's hash", () => {
  test("keeps its own keys beside ours", () => {
    const hash = withValues("#training_evolution&tagFilter=a%26b&p.training_evolution.step=1", {
      step: "2",
      run: "a/b c&d",
    });
    expect(hash.startsWith("#training_evolution&tagFilter=a%26b&")).toBe(true);
    expect(ownValues(hash)).toEqual({ step: "2", run: "a/b c&d" });
  });

  test("holds no value that programs would cut off", () => {
    expect(withValues("#x", { selected: "z".repeat(10_000) }).length).toBeLessThan(100);
  });
});

describe("what a link keeps", () => {
  test("comes back in another tab", () => {
    const store = new Store();
    store.selection.value = { run: "run1", tag: "fc1", layout: "tsne" };
    store.camera.value = { x: 1.5, y: -2, zoom: 3 };
    store.colorChoice.value = "ink";
    store.filter.value = { ...store.filter.value, text: "a", ranges: { ink: [1, null] }, mode: "hide" };
    store.selected.value = Uint32Array.of(1, 2, 9);
    store.cut.value = { mode: "isolate", points: Uint32Array.of(4) };
    store.spacing.value = "even";
    store.look.value = { ...store.look.value, opacity: 0.5 };
    const values = readShared(store);
    const other = new Store();
    other.selection.value = store.selection.value;
    writeShared(other, values);
    expect(readShared(other)).toEqual(values);
    expect(other.filter.value).toEqual(store.filter.value);
    expect(other.look.value).toEqual(store.look.value);
  });

  test("is short where nothing was changed", () => {
    expect(readShared(new Store())).toEqual({});
  });

  test("is not believed where it is forged", () => {
    const store = new Store();
    writeShared(store, {
      camera: "x:1,y:two,zoom:3",
      filter: '{"text":5,"ranges":{"ink":"wide"},"excluded":[],"mode":"burn"}',
      look: '{"opacity":"all","unknown":1}',
      only: '[{"a":1}]',
      speed: "-3",
      selected: "!",
    });
    expect(readShared(store)).toEqual(readShared(new Store()));
  });
});
