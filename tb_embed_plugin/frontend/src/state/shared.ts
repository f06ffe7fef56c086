import { batch } from "@preact/signals";
import type { Camera } from "../stage/viewport";
import { parseCompare } from "./compare";
import { isFiltering, NO_FILTER } from "./filter";
import { decodePoints, encodePoints } from "./point_codec";
import { DEFAULT_LOOK } from "./stage_options";
import type { Store } from "./store";

/** No probe set is larger: a forged link must not ask for more. */
const MAX_POINTS = 2_000_000;

/** One thing that a link keeps. Everything that comes from an address is checked before it is believed. */
interface Part {
  key: string;
  /** Null where there is nothing to keep: what is usual is left out of links. */
  read(store: Store): string | null;
  write(store: Store, text: string): void;
}

const PARTS: readonly Part[] = [
  {
    key: "color",
    read: ({ colorChoice, colorMeasure }) => {
      if (colorMeasure.value !== null) return `measure:${colorMeasure.value}`;
      if (colorChoice.value === undefined) return null;
      return colorChoice.value === null ? "one" : `column:${colorChoice.value}`;
    },
    write: (store, text) => {
      const [, kind, name = ""] = /^(one|column|measure)(?::(.*))?$/s.exec(text) ?? [];
      store.colorMeasure.value = kind === "measure" ? name : null;
      if (kind === "column") store.colorChoice.value = name;
      if (kind === "one") store.colorChoice.value = null;
    },
  },
  {
    key: "only",
    read: ({ emphasized }) => (emphasized.value.size > 0 ? JSON.stringify([...emphasized.value]) : null),
    write: (store, text) => {
      const names = parse(text);
      if (Array.isArray(names)) {
        store.emphasized.value = new Set(names.filter((name) => typeof name === "string" || name === null));
      }
    },
  },
  {
    key: "camera",
    read: ({ camera }) => (camera.value ? writeNumbers(camera.value) : null),
    write: (store, text) => {
      store.camera.value = parseCamera(text);
    },
  },
  {
    key: "filter",
    read: ({ filter }) => {
      const isUsual = !isFiltering(filter.value) && filter.value.mode === NO_FILTER.mode;
      return isUsual ? null : JSON.stringify(filter.value);
    },
    write: (store, text) => {
      const wish = parse(text);
      if (isRecord(wish)) store.filter.value = { ...NO_FILTER, ...checkFilter(wish) };
    },
  },
  {
    key: "selected",
    read: ({ selected }) => (selected.value.length > 0 ? encodePoints(selected.value) : null),
    write: (store, text) => {
      store.selected.value = decodePoints(text, MAX_POINTS) ?? new Uint32Array(0);
    },
  },
  {
    key: "cut",
    read: ({ cut }) => (cut.value ? `${cut.value.mode}:${encodePoints(cut.value.points)}` : null),
    write: (store, text) => {
      const [, mode, points = ""] = /^(isolate|hide):(.*)$/s.exec(text) ?? [];
      const known = decodePoints(points, MAX_POINTS);
      if (known && (mode === "isolate" || mode === "hide")) store.cut.value = { mode, points: known };
    },
  },
  {
    key: "since",
    read: ({ comparedStep }) => (comparedStep.value === null ? null : String(comparedStep.value)),
    write: (store, text) => {
      store.comparedStep.value = parseNumber(text);
    },
  },
  {
    key: "look",
    read: ({ look }) => {
      const changed = Object.entries(look.value).filter(
        ([name, value]) => value !== Reflect.get(DEFAULT_LOOK, name),
      );
      return changed.length > 0 ? JSON.stringify(Object.fromEntries(changed)) : null;
    },
    write: (store, text) => {
      const wish = parse(text);
      if (!isRecord(wish)) return;
      const known = Object.entries(wish).filter(([name, value]) => {
        const usual: unknown = Reflect.get(DEFAULT_LOOK, name);
        return usual === null ? typeof value === "string" : typeof value === typeof usual;
      });
      store.look.value = { ...DEFAULT_LOOK, ...Object.fromEntries(known) };
    },
  },
  {
    key: "compare",
    read: ({ compare }) => (compare.value ? JSON.stringify(compare.value) : null),
    write: (store, text) => {
      store.compare.value = parseCompare(text);
    },
  },
  flag("trails", (store) => store.showsTrails),
  flag("loop", (store) => store.isLooping),
  {
    key: "spacing",
    read: ({ spacing }) => (spacing.value === "even" ? "even" : null),
    write: (store, text) => {
      store.spacing.value = text === "even" ? "even" : "true";
    },
  },
  {
    key: "speed",
    read: ({ speed }) => (speed.value === 4 ? null : String(speed.value)),
    write: (store, text) => {
      const speed = parseNumber(text);
      if (speed !== null && speed > 0) store.speed.value = speed;
    },
  },
  {
    key: "curves",
    read: ({ curveChoice }) => (curveChoice.value ? JSON.stringify([...curveChoice.value]) : null),
    write: (store, text) => {
      const ids = parse(text);
      if (Array.isArray(ids)) store.curveChoice.value = new Set(ids.filter((id) => typeof id === "string"));
    },
  },
];

/** What is seen, apart from the step: that changes with every frame. */
export function readShared(store: Store): Record<string, string> {
  const values: Record<string, string> = {};
  const selection = store.selection.value;
  if (selection) {
    values.run = selection.run;
    values.tag = selection.tag;
    if (selection.layout !== null) values.layout = selection.layout;
  }
  for (const part of PARTS) {
    const text = part.read(store);
    if (text !== null) values[part.key] = text;
  }
  return values;
}

/** Puts back what a link kept; what it leaves out stays. */
export function writeShared(store: Store, values: Record<string, string>): void {
  batch(() => {
    for (const part of PARTS) {
      const text = values[part.key];
      if (text !== undefined) part.write(store, text);
    }
  });
}

/** The step that a link was made at; null where it names none. */
export function stepOf(values: Record<string, string>): number | null {
  return values.step === undefined ? null : parseNumber(values.step);
}

function flag(key: string, signalOf: (store: Store) => { value: boolean }): Part {
  return {
    key,
    read: (store) => (signalOf(store).value ? "1" : null),
    write: (store, text) => {
      signalOf(store).value = text === "1";
    },
  };
}

function checkFilter(wish: Record<string, unknown>): Partial<typeof NO_FILTER> {
  const { text, isRegularExpression, ranges, excluded, mode } = wish;
  const isLimit = (value: unknown) => value === null || typeof value === "number";
  return {
    ...(typeof text === "string" && { text }),
    ...(isRegularExpression === true && { isRegularExpression }),
    ...(isRecord(ranges) && {
      ranges: keep(ranges, (range) => Array.isArray(range) && range.length === 2 && range.every(isLimit)),
    }),
    ...(isRecord(excluded) && {
      excluded: keep(
        excluded,
        (names) => Array.isArray(names) && names.every((name) => typeof name === "string"),
      ),
    }),
    ...((mode === "isolate" || mode === "hide" || mode === "show") && { mode }),
  };
}

function keep<T>(record: Record<string, unknown>, isKnown: (value: unknown) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => isKnown(value))) as Record<
    string,
    T
  >;
}

/** "x:1.5,y:2,zoom:3": five significant digits are far below a pixel. */
function writeNumbers(numbers: object): string {
  return Object.entries(numbers)
    .map(([name, value]) => `${name}:${Number(Number(value).toPrecision(6))}`)
    .join(",");
}

function parseCamera(text: string): Camera {
  const pairs = text.split(",").map((pair) => pair.split(":"));
  const camera = Object.fromEntries(pairs.map(([name = "", value = ""]) => [name, parseNumber(value)]));
  const names = Object.keys(camera).sort().join(" ");
  const isKnown = names === "x y zoom" || names === "pitch x y yaw z zoom";
  if (!isKnown || Object.values(camera).includes(null) || Number(camera.zoom) <= 0) return null;
  return camera as unknown as Camera;
}

function parseNumber(text: string): number | null {
  const number = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
