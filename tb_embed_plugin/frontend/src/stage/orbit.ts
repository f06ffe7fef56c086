import type { Grid } from "../api/types";
import type { Projection } from "./projection";
import { PADDING, type Size } from "./size";

/**
 * Looks at a target from a direction: yaw turns around the upright axis, pitch looks from above, in radians. At zero of
 * both x points right, y up and z towards the viewer. `zoom` is relative to the fit.
 */
export interface OrbitCamera {
  x: number;
  y: number;
  z: number;
  zoom: number;
  yaw: number;
  pitch: number;
}

type Vector = readonly [number, number, number];

/** Right, up and towards the viewer, in the layout's axes. */
type Basis = readonly [Vector, Vector, Vector];

const PERSPECTIVE = 0.3;
/** A sphere of radius 1 in this perspective has this outline. */
const OUTLINE = 1 / Math.sqrt(1 - PERSPECTIVE ** 2);
/** Of half the box' diagonal: layouts are round, and leave their box' corners empty. */
const FILLED = 0.62;
const RADIANS_PER_PIXEL = 0.008;
const MAX_PITCH = Math.PI / 2;

export function fitOrbit({ offset, extent }: Grid): OrbitCamera {
  const [x = 0, y = 0, z = 0] = offset.map((start, axis) => start + (extent[axis] ?? 0) / 2);
  return { x, y, z, zoom: 1, yaw: 0.5, pitch: 0.35 };
}

/** Half the size of what is seen at the fit, in the layout's units: the same from every side. */
export function sceneRadius({ extent }: Grid): number {
  return (FILLED * Math.hypot(...extent)) / 2 || 1;
}

/** CSS pixels per unit of the layout at the target's depth, at zoom 1. */
export function orbitScale(grid: Grid, size: Size): number {
  const room = Math.max(1, Math.min(size.width, size.height) - 2 * PADDING);
  return room / (2 * OUTLINE * sceneRadius(grid));
}

export function projectOrbit(grid: Grid, size: Size, camera: OrbitCamera): Projection {
  const basis = basisOf(camera);
  const pixels = orbitScale(grid, size) * camera.zoom;
  const scales = [pixels, -pixels, 1 / sceneRadius(grid)] as const;
  const origin: Vector = [
    (grid.offset[0] ?? 0) - camera.x,
    (grid.offset[1] ?? 0) - camera.y,
    (grid.offset[2] ?? 0) - camera.z,
  ];
  const row = (axis: 0 | 1 | 2): Vector => scaled(basis[axis], scales[axis] * grid.scale);
  return {
    matrix: [...row(0), ...row(1), ...row(2)],
    shift: [
      scales[0] * dot(basis[0], origin),
      scales[1] * dot(basis[1], origin),
      scales[2] * dot(basis[2], origin),
    ],
    center: [size.width / 2, size.height / 2],
    perspective: PERSPECTIVE,
  };
}

/** Turns with the pointer, as if the cloud were held at its front. */
export function turnBy(camera: OrbitCamera, dx: number, dy: number): OrbitCamera {
  const pitch = Math.min(MAX_PITCH, Math.max(-MAX_PITCH, camera.pitch + dy * RADIANS_PER_PIXEL));
  return { ...camera, yaw: wrap(camera.yaw + dx * RADIANS_PER_PIXEL), pitch };
}

/** Moves the target within the picture's plane, so that what is seen shifts by these CSS pixels. */
export function shiftOrbit(grid: Grid, size: Size, camera: OrbitCamera, dx: number, dy: number): OrbitCamera {
  const [right, up] = basisOf(camera);
  const pixels = orbitScale(grid, size) * camera.zoom;
  const [u, v] = [-dx / pixels, dy / pixels];
  return {
    ...camera,
    x: camera.x + u * right[0] + v * up[0],
    y: camera.y + u * right[1] + v * up[1],
    z: camera.z + u * right[2] + v * up[2],
  };
}

function basisOf({ yaw, pitch }: OrbitCamera): Basis {
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  return [
    [cy, 0, sy],
    [sp * sy, cp, -sp * cy],
    [-cp * sy, sp, cp * cy],
  ];
}

function wrap(angle: number): number {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function scaled(v: Vector, factor: number): Vector {
  return [v[0] * factor, v[1] * factor, v[2] * factor];
}
