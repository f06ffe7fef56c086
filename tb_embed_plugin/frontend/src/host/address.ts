/**
 * The state's place in TensorBoard's address: keys `p.training_evolution.<key>` of its hash. TensorBoard keeps
 * them through its own changes, and hands them to plugins, but lets no plugin write them: its page has the
 * same origin, so we write there ourselves. Where that cannot be, state lives as long as the browser's tab.
 */

const PREFIX = "p.training_evolution.";
const STORAGE_KEY = "training_evolution.state";
/** Longer values stay out of the address, for programs that pass links on cut them off. */
const MAX_VALUE = 6000;
/** Stands in the address for a value that was too long for it. */
const ELSEWHERE = "~";

export type Values = Record<string, string>;

export function readAddress(): Values {
  const stored = readStored();
  const window = hostWindow();
  const here = window ? ownValues(window.location.hash) : {};
  const source = Object.keys(here).length > 0 ? here : stored;
  const known = Object.entries(source).map(([key, value]) => [
    key,
    value === ELSEWHERE ? stored[key] : value,
  ]);
  return Object.fromEntries(known.filter(([, value]) => value !== undefined));
}

export function writeAddress(values: Values): void {
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(values));
  } catch {
    // Storage is forbidden or full: the address is left.
  }
  const window = hostWindow();
  if (!window) return;
  const hash = withValues(window.location.hash, values);
  // Replaced, not pushed: "back" leaves the tab rather than undoing every move. It fires no event either.
  if (hash !== window.location.hash) window.history.replaceState(window.history.state, "", hash);
}

/** The address to hand on; `isComplete` is false where something in it is too long for a link. */
export function shareableAddress(values: Values): { href: string; isComplete: boolean } {
  const window = hostWindow() ?? globalThis.window;
  const url = new URL(window.location.href);
  const kept = Object.entries(values).filter(([, value]) => value.length <= MAX_VALUE);
  url.hash = withValues(window.location.hash, Object.fromEntries(kept));
  return { href: url.href, isComplete: kept.length === Object.keys(values).length };
}

/** Calls back when somebody else, such as a user with a link, has changed our part of the address. */
export function watchAddress(onChange: (values: Values) => void): () => void {
  const window = hostWindow();
  if (!window) return () => undefined;
  let before = JSON.stringify(ownValues(window.location.hash));
  const listener = () => {
    const values = ownValues(window.location.hash);
    const text = JSON.stringify(values);
    const isOurs = text === JSON.stringify(shortened(readStored()));
    if (text !== before && !isOurs && Object.keys(values).length > 0) onChange(readAddress());
    before = text;
  };
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

/** Replaces our keys in a hash and leaves TensorBoard's; exported for tests. */
export function withValues(hash: string, values: Values): string {
  const others = tokensOf(hash).filter((token) => !decode(token).startsWith(PREFIX));
  const own = Object.entries(shortened(values)).map(
    ([key, value]) => `${encodeURIComponent(PREFIX + key)}=${encodeURIComponent(value)}`,
  );
  return `#${[...others, ...own].join("&")}`;
}

export function ownValues(hash: string): Values {
  const values: Values = {};
  for (const token of tokensOf(hash)) {
    const [key = "", value] = token.split("=");
    if (value !== undefined && decode(key).startsWith(PREFIX)) {
      values[decode(key).slice(PREFIX.length)] = decode(value);
    }
  }
  return values;
}

function shortened(values: Values): Values {
  const entries = Object.entries(values);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, value.length > MAX_VALUE ? ELSEWHERE : value]),
  );
}

function tokensOf(hash: string): string[] {
  return hash.replace(/^#/, "").split("&").filter(Boolean);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone % sign: not of our making.
    return text;
  }
}

function readStored(): Values {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "{}");
    if (typeof stored !== "object" || stored === null) return {};
    return Object.fromEntries(Object.entries(stored).filter(([, value]) => typeof value === "string"));
  } catch {
    return {};
  }
}

function hostWindow(): Window | null {
  try {
    if (window.parent === window) return null;
    // Throws where the parent has another origin.
    void window.parent.location.hash;
    return window.parent;
  } catch {
    return null;
  }
}
