import { MalformedFileError, parseSafetensors } from "../api/safetensors";
import type { Tween } from "../playback/clock";

/** Points that were not in the probe set, placed in a layout afterwards; in the layout's own coordinates. */
export interface Guests {
  /** Training steps at which they have places. */
  steps: number[];
  nGuests: number;
  nDims: number;
  /** Step by step, guest by guest; not a number where one has no place. */
  positions: Float32Array;
}

export function decodeGuests(buffer: ArrayBuffer): Guests {
  const { metadata, tensors } = parseSafetensors(buffer);
  const tensor = tensors.get("positions");
  const steps = (metadata.steps ?? "").split(",").map(Number);
  const [nSteps = 0, nGuests = 0, nDims = 0] = tensor?.shape ?? [];
  if (tensor?.dtype !== "F32" || nSteps !== steps.length || !steps.every(Number.isFinite)) {
    throw new MalformedFileError("The guests lack their positions or steps.");
  }
  return { steps, nGuests, nDims, positions: new Float32Array(tensor.bytes.slice().buffer as ArrayBuffer) };
}

/**
 * Where guests are at a moment, x and y in turns; those without a place are left out. Between two steps they
 * move where both have places; one that has a place at one of them only is seen while that is the nearest.
 */
export function guestsAt(guests: Guests, frameSteps: readonly number[], tween: Tween): [number, number][] {
  const from = guests.steps.indexOf(frameSteps[tween.from] ?? Number.NaN);
  const to = guests.steps.indexOf(frameSteps[tween.to] ?? Number.NaN);
  const nearest = guests.steps.indexOf(frameSteps[tween.nearest] ?? Number.NaN);
  const places: [number, number][] = [];
  for (let guest = 0; guest < guests.nGuests; guest++) {
    const [a, b] = [placeOf(guests, from, guest), placeOf(guests, to, guest)];
    const place = a && b ? mix(a, b, tween.mix) : placeOf(guests, nearest, guest);
    if (place) places.push(place);
  }
  return places;
}

function placeOf(
  { positions, nGuests, nDims }: Guests,
  step: number,
  guest: number,
): [number, number] | null {
  if (step < 0) return null;
  const at = (step * nGuests + guest) * nDims;
  const [x, y] = [positions[at] ?? Number.NaN, positions[at + 1] ?? Number.NaN];
  return Number.isFinite(x) && Number.isFinite(y) ? [x, y] : null;
}

function mix(a: [number, number], b: [number, number], share: number): [number, number] {
  return [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])];
}
