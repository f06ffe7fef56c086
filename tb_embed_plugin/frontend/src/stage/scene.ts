import type { Grid } from "../api/types";
import type { ClassNames } from "./class_names";
import type { MotionTails } from "./motion_tails";
import type { PointLabels } from "./point_labels";
import type { PointStyle } from "./renderer";
import type { ThumbnailSheet } from "./thumbnail_sheet";
import type { Tool } from "./tool";
import type { Trails } from "./trails";
import type { Camera } from "./viewport";

/** Everything that one stage shows. `style` and the frames are compared by identity. */
export interface Scene {
  grid: Grid;
  from: Uint16Array;
  to: Uint16Array;
  mix: number;
  camera: Camera;
  style: PointStyle;
  /** Per point: 0 where the pointer does not find it. */
  isPickable: Uint8Array;
  hovered: number | null;
  /** Times the size that suits the number of points. */
  scale: number;
  /** Shown in the place of discs, or null. */
  thumbnails: ThumbnailSheet | null;
  /** Stand at their clusters. */
  names: ClassNames | null;
  /** Stand at their points, as far as there is room. */
  labels: PointLabels | null;
  trails: Trails | null;
  tails: MotionTails | null;
  tool: Tool;
  nFramesLoaded: number;
  nSelected: number;
  /** Says to a screen reader what is seen. */
  label: string;
}
