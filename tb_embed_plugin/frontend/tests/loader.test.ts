import { beforeEach, describe, expect, test } from "vitest";
import type { Client } from "../src/api/client";
import { decodeFrames } from "../src/api/frames";
import type { LayoutKey, ReadableSeries, Series } from "../src/api/types";
import { goTo, togglePlay } from "../src/state/actions";
import { Loader } from "../src/state/loader";
import { Store } from "../src/state/store";
import { framesFile } from "./files";

const OLD = [0, 100, 200];
const NEW = [0, 100, 200, 300, 400];

function series(run: string, steps: number[], version = "v1"): ReadableSeries {
  const layouts = [{ name: "tsne", method: "tsne", version, n_dims: 2, steps }];
  return { run, tag: "fc1", n_points: 1, steps, columns: [], sprites: null, layouts };
}

/** A server whose replies to `frames` can be held back. */
class FakeServer implements Client {
  all: Series[] = [series("a", OLD)];
  requests: (LayoutKey & { steps: readonly number[] | null })[] = [];
  gate: Promise<void> = Promise.resolve();
  failure: Error | null = null;

  async getSeries() {
    if (this.failure) throw this.failure;
    return { log_dir: "logs", series: this.all };
  }
  async getMetadata() {
    return { columns: [{ name: "label", kind: "categorical" as const, categories: ["x"], codes: [0] }] };
  }
  async getQuality(key: LayoutKey) {
    const { steps, version } = this.#layout(key);
    return { version, steps, quality: {} };
  }
  async getFrames(key: LayoutKey, steps: readonly number[] | null) {
    this.requests.push({ ...key, steps });
    const layout = this.#layout(key);
    await this.gate;
    const sent = [...(steps ?? layout.steps)];
    const values = sent.flatMap((step) => [step, key.run.charCodeAt(0)]);
    return decodeFrames(framesFile({ steps: sent, values, version: layout.version }));
  }
  async getMeasure() {
    return { version: "v1", steps: [], rows: [] };
  }
  async getScalars() {
    return { scalars: [], snapshots: [] };
  }
  async getNeighbors(_: unknown, { step, point }: { step: number; point: number }) {
    return { step, point, points: [], distances: [] };
  }
  spriteUrl() {
    return "";
  }
  #layout({ run }: LayoutKey) {
    const found = this.all.find((item) => item.run === run) as ReadableSeries;
    const [layout] = found.layouts;
    if (!layout) throw new Error("no layout");
    return layout;
  }
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

let server: FakeServer;
let store: Store;
let loader: Loader;

beforeEach(async () => {
  server = new FakeServer();
  store = new Store();
  loader = new Loader(store, server);
  await loader.refresh();
  await settle();
});

describe("a reload", () => {
  test("fetches nothing again where nothing changed", async () => {
    await loader.refresh();
    await settle();
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ["the same version", "v1", [300, 400]],
    ["another version", "v2", null],
  ])("leaves the user's place alone when steps come with %s", async (_, version, asked) => {
    goTo(store, 1.5);
    togglePlay(store);
    store.camera.value = { x: 1, y: 2, zoom: 3 };
    store.colorChoice.value = "label";
    store.hovered.value = 0;
    server.all = [series("a", NEW, version), series("b", OLD)];
    await loader.refresh();
    await settle();
    expect(store.frames.value?.steps).toEqual(NEW);
    expect(store.frames.value?.nLoaded).toBe(5);
    expect(server.requests.at(-1)?.steps).toEqual(asked);
    expect(store.position.value).toBe(1.5);
    expect(store.isPlaying.value).toBe(true);
    expect(store.camera.value).toEqual({ x: 1, y: 2, zoom: 3 });
    expect(store.hovered.value).toBe(0);
    expect(store.phase.value).toBe("ready");
  });

  test("goes on showing the old picture until the new one is there", async () => {
    let open = () => {};
    server.gate = new Promise((resolve) => {
      open = resolve;
    });
    server.all = [series("a", NEW, "v2")];
    await loader.refresh();
    expect(store.frames.value?.steps).toEqual(OLD);
    goTo(store, 2);
    open();
    await settle();
    expect(store.frames.value?.steps).toEqual(NEW);
    expect(store.nearestStep.value).toBe(200);
  });

  test("keeps the picture when the server is gone, and comes back on retry", async () => {
    server.failure = new Error("TensorBoard did not answer.");
    await loader.refresh();
    expect(store.phase.value).toBe("ready");
    expect(store.failure.value?.message).toBe("TensorBoard did not answer.");
    server.failure = null;
    store.failure.value?.retry();
    await settle();
    expect(store.failure.value).toBeNull();
  });

  test("chooses another series when the one shown is gone", async () => {
    server.all = [series("b", OLD)];
    await loader.refresh();
    await settle();
    expect(store.selection.value).toEqual({ run: "b", tag: "fc1", layout: "tsne" });
    expect(store.phase.value).toBe("ready");
  });

  test("reads again when the layout was rewritten under way", async () => {
    const listed = series("a", OLD, "v2");
    server.all = [listed];
    const sent = server.getFrames.bind(server);
    let nStale = 0;
    server.getFrames = async (key, steps) => {
      const reply = await sent(key, steps);
      return nStale++ === 0 ? { ...reply, version: "v3" } : reply;
    };
    await loader.refresh();
    await settle();
    expect(store.frames.value?.version).toBe("v2");
    expect(store.failure.value).toBeNull();
  });

  test("gives up on a layout that never agrees with its listing", async () => {
    server.all = [series("a", OLD, "v2")];
    server.getFrames = async () =>
      decodeFrames(framesFile({ steps: OLD, values: [1, 1, 1, 1, 1, 1], version: "?" }));
    await loader.refresh();
    await settle();
    expect(store.failure.value?.message).toMatch(/keeps changing/);
  });
});

test("a late reply for the series shown before is dropped, and the step is kept across runs", async () => {
  server.all = [series("a", OLD, "v2"), series("b", NEW)];
  goTo(store, 2);
  let open = () => {};
  server.gate = new Promise((resolve) => {
    open = resolve;
  });
  await loader.refresh();
  server.gate = Promise.resolve();
  loader.select({ run: "b" });
  await settle();
  open();
  await settle();
  expect(store.frames.value?.steps).toEqual(NEW);
  expect(store.frames.value?.frames[0]?.positions[1]).toBe("b".charCodeAt(0));
  expect(store.nearestStep.value).toBe(200);
});

describe("states", () => {
  test.each([
    ["empty", []],
    ["error", [{ run: "a", tag: "fc1", error: "format version 7" }]],
    ["no-layout", [{ ...series("a", OLD), layouts: [] }]],
  ])("%s", async (phase, all) => {
    server.all = all as Series[];
    await loader.refresh();
    await settle();
    expect(store.phase.value).toBe(phase);
  });
});

test("of a large layout the playhead's frame comes alone, then what follows it, then the rest", async () => {
  const steps = Array.from({ length: 6 }, (_, i) => 100 * i);
  const large = { ...series("large", steps), n_points: 500_000 };
  const asked: (readonly number[] | null)[] = [];
  const nShown: number[] = [];
  server.all = [large];
  server.getFrames = async (_, wanted) => {
    asked.push(wanted);
    nShown.push(store.frames.value?.nLoaded ?? 0);
    const sent = [...(wanted ?? steps)];
    const positions = new Uint16Array(2 * large.n_points);
    const grid = { offset: [0, 0], scale: 1, extent: [1, 1] };
    return { version: "v1", grid, frames: sent.map((step) => ({ step, positions })) };
  };
  goTo(store, 1);
  loader.select({ run: "large" });
  await loader.refresh();
  await settle();
  expect(asked).toEqual([[100], [200], [300], [400], [500], [0]]);
  expect(nShown).toEqual([0, 1, 2, 3, 4, 5]);
});
