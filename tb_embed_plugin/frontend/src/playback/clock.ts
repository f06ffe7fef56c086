/** Where playback stands, as pure functions of wall-clock time. */

export interface ClockSettings {
  /** Captured steps per second. */
  speed: number;
  isLooping: boolean;
  nFrames: number;
  /** The last frame that can be reached without a gap in what has been loaded. */
  lastReady: number;
}

export interface ClockReading {
  playhead: number;
  isPlaying: boolean;
}

/**
 * The playhead runs over 0…n_frames-1 and, where playback loops, on to n_frames: during that last part the
 * final frame is held. A tween from the last step back to the first would show motion that never was.
 */
export function advance(playhead: number, elapsedSeconds: number, settings: ClockSettings): ClockReading {
  const { speed, isLooping, nFrames, lastReady } = settings;
  const last = nFrames - 1;
  if (nFrames < 2) return { playhead: 0, isPlaying: false };
  let next = playhead + elapsedSeconds * speed;
  if (lastReady < last) next = Math.min(next, Math.max(playhead, lastReady));
  if (isLooping) return { playhead: next % nFrames, isPlaying: true };
  return { playhead: Math.min(next, last), isPlaying: next < last };
}

/** The frame position that a playhead shows: fractional index in 0…n_frames-1. */
export function positionAt(playhead: number, nFrames: number): number {
  return Math.min(Math.max(0, playhead), Math.max(0, nFrames - 1));
}

/** Playing from the end starts over. */
export function startOf(playhead: number, nFrames: number): number {
  return playhead >= nFrames - 1 ? 0 : playhead;
}

export function nextStep(position: number, nFrames: number): number {
  return Math.min(nFrames - 1, Math.floor(position + SAME) + 1);
}

export function previousStep(position: number): number {
  return Math.max(0, Math.ceil(position - SAME) - 1);
}

/** What to draw at a position: two frames and how far it is from the first to the second. */
export interface Tween {
  from: number;
  to: number;
  mix: number;
  /** The captured frame that the position is closest to. */
  nearest: number;
  isCaptured: boolean;
}

export function tweenAt(position: number): Tween {
  const nearest = Math.round(position);
  if (Math.abs(position - nearest) < SAME) {
    return { from: nearest, to: nearest, mix: 0, nearest, isCaptured: true };
  }
  const from = Math.floor(position);
  return { from, to: from + 1, mix: position - from, nearest, isCaptured: false };
}

/** Positions closer than this are the same: sliders return decimal text. */
const SAME = 1e-4;
