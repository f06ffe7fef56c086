import { MalformedFileError } from "../api/safetensors";
import type { Frame, FramesReply, Grid } from "../api/types";
import { positionOf } from "../playback/axis";

/** The frames of one layout sequence, as far as they have been loaded. Never changed in place. */
export interface FrameSet {
  version: string;
  nPoints: number;
  steps: readonly number[];
  grid: Grid;
  frames: readonly (Frame | null)[];
  nLoaded: number;
}

/** About as many bytes as a request may carry before the picture feels late. */
const REQUEST_BYTES = 2 ** 21;
/** Below this, one request for everything is quicker than several. */
const SINGLE_REQUEST_BYTES = 2 ** 22;
/** Keeps the list of steps in the URL well below servers' limits. */
const MAX_STEPS_PER_REQUEST = 300;

export function createFrameSet(
  layout: { version: string; steps: readonly number[] },
  nPoints: number,
  grid: Grid,
): FrameSet {
  return { ...layout, nPoints, grid, frames: layout.steps.map(() => null), nLoaded: 0 };
}

/** The frames that stay true when a layout gained steps without changing what it had. */
export function carryFrames(before: FrameSet, steps: readonly number[]): FrameSet {
  const known = new Map(before.frames.map((frame) => [frame?.step, frame]));
  const frames = steps.map((step) => known.get(step) ?? null);
  return { ...before, steps, frames, nLoaded: countLoaded(frames) };
}

export function addFrames(set: FrameSet, reply: FramesReply): FrameSet {
  const arrived = new Map(reply.frames.map((frame) => [frame.step, frame]));
  for (const frame of reply.frames) {
    const nPoints = frame.positions.length / set.grid.offset.length;
    if (nPoints !== set.nPoints) {
      throw new MalformedFileError(
        `The layout has ${nPoints} points at step ${frame.step}, but the probe set has ${set.nPoints}.`,
      );
    }
  }
  const frames = set.frames.map((frame, i) => frame ?? arrived.get(set.steps[i] ?? -1) ?? null);
  return { ...set, frames, nLoaded: countLoaded(frames) };
}

export function isSameGrid(a: Grid, b: Grid): boolean {
  return (
    a.scale === b.scale &&
    a.offset.every((value, i) => value === b.offset[i]) &&
    a.extent.every((value, i) => value === b.extent[i])
  );
}

/** How many frames to ask for at once; `nFrames` where all of them fit into one request. Else the first comes alone. */
export function framesPerRequest(nFrames: number, nPoints: number, nDims: number): number {
  const bytes = Math.max(1, nPoints * nDims * 2);
  if (nFrames * bytes <= SINGLE_REQUEST_BYTES) return nFrames;
  return Math.max(1, Math.min(MAX_STEPS_PER_REQUEST, Math.floor(REQUEST_BYTES / bytes)));
}

/**
 * Indices to load next: all that is missing where that is little, else one stretch from the first gap at or
 * after the place, or failing that from the start.
 */
export function nextChunk(isLoaded: readonly boolean[], place: number, maxCount: number): number[] {
  const missing = isLoaded.flatMap((loaded, i) => (loaded ? [] : [i]));
  if (missing.length <= maxCount) return missing;
  const first = missing.find((i) => i >= Math.floor(place)) ?? missing[0] ?? 0;
  const chunk: number[] = [];
  for (let i = first; i < isLoaded.length && chunk.length < maxCount && !isLoaded[i]; i++) chunk.push(i);
  return chunk;
}

/** The last frame that playback from `place` reaches without a gap; −1 where it stands in one. */
export function lastReadyFrom(frames: readonly (Frame | null)[], place: number): number {
  let last = Math.floor(place) - 1;
  while (last + 1 < frames.length && frames[last + 1]) last++;
  return last >= Math.floor(place) ? last : -1;
}

/**
 * Finds a place among other steps by training step, not by index. A captured step stays captured: where
 * it is gone, the nearest one takes its place.
 */
export function mapPosition(before: readonly number[], position: number, after: readonly number[]): number {
  if (after.length === 0 || before.length === 0) return 0;
  const from = Math.floor(position);
  const start = before[from] ?? before[before.length - 1] ?? 0;
  const end = before[from + 1] ?? start;
  const mapped = positionOf(after, start + (position - from) * (end - start));
  return Number.isInteger(position) ? Math.round(mapped) : mapped;
}

function countLoaded(frames: readonly (Frame | null)[]): number {
  return frames.reduce((count, frame) => count + (frame ? 1 : 0), 0);
}
