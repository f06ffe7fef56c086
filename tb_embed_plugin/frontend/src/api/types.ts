/** Replies of the server, as `http_api.md` documents them. */

export type ColumnKind = "categorical" | "number" | "date" | "text";

export interface ColumnInfo {
  name: string;
  kind: ColumnKind;
}

export interface SpritePage {
  n_columns: number;
  n_thumbnails: number;
}

export interface Sprites {
  /** Width and height of one thumbnail, in pixels. */
  thumbnail_size: [number, number];
  pages: SpritePage[];
}

export interface LayoutInfo {
  name: string;
  method: string;
  version: string;
  n_dims: number;
  steps: number[];
  measures?: string[];
  /** Changes when other guests are placed; null where there are none. */
  guests?: string | null;
}

export interface ReadableSeries {
  run: string;
  tag: string;
  n_points: number;
  steps: number[];
  columns: ColumnInfo[];
  sprites: Sprites | null;
  layouts: LayoutInfo[];
  /** Measures of each point that the series has without any layout. */
  measures?: string[];
  /** Names of the network's classes, where they are known. */
  class_names?: string[] | null;
  /** Steps that have ideal inputs. */
  ideal_inputs?: number[];
  status?: SeriesStatus;
}

/** How far a series is. Times are seconds since the epoch. */
export interface SeriesStatus {
  state: "capturing" | "laying out" | "failed" | "finished";
  is_finished: boolean;
  last_capture: number | null;
  laying_out: { layout: string; stage: string; done: number; total: number; wall_time: number }[];
  failed: { layout: string; reason: string; wall_time: number }[];
}

export interface UnreadableSeries {
  run: string;
  tag: string;
  error: string;
}

export type Series = ReadableSeries | UnreadableSeries;

export function isReadable(series: Series): series is ReadableSeries {
  return !("error" in series);
}

export interface SeriesReply {
  log_dir: string;
  series: Series[];
}

export interface CategoricalColumn {
  name: string;
  kind: "categorical";
  categories: string[];
  /** Index into `categories` per point; anything outside of it means that the point has no value. */
  codes: (number | null)[];
}

export interface NumberColumn {
  name: string;
  kind: "number";
  values: (number | null)[];
}

export interface DateColumn {
  name: string;
  kind: "date";
  /** Milliseconds since 1970. */
  values: (number | null)[];
}

export interface TextColumn {
  name: string;
  kind: "text";
  values: (string | null)[];
}

export type Column = CategoricalColumn | NumberColumn | DateColumn | TextColumn;

export interface MetadataReply {
  columns: Column[];
}

export interface QualityReply {
  version: string;
  steps: number[];
  quality: Record<string, (number | null)[]>;
}

/** Where quantized positions lie in the layout's own coordinates: one number per axis, of which there are 2 or 3. */
export interface Grid {
  offset: readonly number[];
  scale: number;
  extent: readonly number[];
}

/** One layout as shown at playback time: x, y (and z) of every point, quantized over the grid. */
export interface Frame {
  step: number;
  positions: Uint16Array;
}

export interface FramesReply {
  version: string;
  grid: Grid;
  frames: Frame[];
}

/** Names one series. */
export interface SeriesKey {
  run: string;
  tag: string;
}

/** Names one layout sequence. */
export interface LayoutKey extends SeriesKey {
  layout: string;
}

/** One scalar series of a run, as TensorBoard has it. Times are seconds since the epoch. */
export interface ScalarSeries {
  run: string;
  tag: string;
  steps: number[];
  values: (number | null)[];
  wall_times: number[];
}

/** When the snapshots of one tag were captured, and the scalars that came with them. */
export interface SnapshotScalars {
  tag: string;
  steps: number[];
  wall_times: number[];
  scalars: Record<string, (number | null)[]>;
}

export interface ScalarsReply {
  scalars: ScalarSeries[];
  snapshots: SnapshotScalars[];
}

/** Nearest first. */
export interface NeighborsReply {
  step: number;
  point: number;
  points: number[];
  distances: number[];
}
