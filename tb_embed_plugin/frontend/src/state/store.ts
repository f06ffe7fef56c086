import { computed, signal } from "@preact/signals";
import type { MeasureReply } from "../api/measures";
import {
  type ColumnInfo,
  isReadable,
  type MetadataReply,
  type NeighborsReply,
  type QualityReply,
  type Series,
} from "../api/types";
import { type CategoryName, type ColorColumn, colorPoints, isColorColumn } from "../color/coloring";
import type { Theme } from "../color/palette";
import { fractionOf, type Spacing, type TimeAxis } from "../playback/axis";
import { positionAt, tweenAt } from "../playback/clock";
import type { RendererChoice } from "../stage/choose_renderer";
import { shuffledIndices } from "../stage/drawing_order";
import type { Size } from "../stage/size";
import type { RendererInfo } from "../stage/stage";
import type { Tool } from "../stage/tool";
import type { Camera } from "../stage/viewport";
import { type Curve, qualityCurves, shownAtFirst } from "./curves";
import { type Cut, type Filter, hiddenPoints, matchPoints, NO_FILTER } from "./filter";
import type { FrameSet } from "./frame_set";
import { findPickable, makePointStyle } from "./point_style";
import { findSeries, layoutsOf, type Selection } from "./selection";
import { DEFAULT_LOOK, type Look } from "./stage_options";

export type Phase = "loading" | "empty" | "error" | "no-layout" | "ready";

export interface Failure {
  message: string;
  retry: () => void;
}

/** What the tab knows and shows. Panels read it; the loader and the actions write it. */
export class Store {
  readonly logDir = signal("");
  readonly series = signal<readonly Series[] | null>(null);
  readonly selection = signal<Selection | null>(null);
  readonly frames = signal<FrameSet | null>(null);
  readonly metadata = signal<MetadataReply | null>(null);
  readonly isMetadataSettled = signal(false);
  readonly quality = signal<QualityReply | null>(null);
  readonly failure = signal<Failure | null>(null);

  readonly playhead = signal(0);
  readonly isPlaying = signal(false);
  readonly isScrubbing = signal(false);
  readonly speed = signal(4);
  readonly isLooping = signal(false);

  readonly spacing = signal<Spacing>("true");
  /** Where the pointer is on the axis of time, 0…1. */
  readonly hoveredFraction = signal<number | null>(null);
  /** Curves read from TensorBoard's own scalars of the run. */
  readonly scalarCurves = signal<readonly Curve[]>([]);
  /** Ids of curves; null while the user has not chosen. */
  readonly curveChoice = signal<ReadonlySet<string> | null>(null);
  readonly showsCurves = signal(true);

  readonly theme = signal<Theme>("light");
  readonly camera = signal<Camera>(null);
  readonly stageSize = signal<Size>({ width: 0, height: 0 });
  readonly rendererChoice = signal<RendererChoice>("auto");
  readonly rendererInfo = signal<RendererInfo | null>(null);
  readonly hovered = signal<number | null>(null);
  readonly hoveredPlace = signal<{ x: number; y: number } | null>(null);
  /** Selected points, ascending. Replaced, never changed in place. */
  readonly selected = signal<Uint32Array>(new Uint32Array(0));
  /** Neighbors of the one selected point at the nearest step, and at the step that this is compared with. */
  readonly neighbors = signal<NeighborsReply | null>(null);
  readonly comparedStep = signal<number | null>(null);
  readonly comparedNeighbors = signal<NeighborsReply | null>(null);
  readonly neighborsError = signal<string | null>(null);
  /** Predicted classes of all points, once something is selected; `key` says of what. */
  readonly predictions = signal<(MeasureReply & { key: string }) | null>(null);
  readonly filter = signal<Filter>(NO_FILTER);
  readonly cut = signal<Cut | null>(null);
  /** Whether selected points draw their way through the steps. */
  readonly showsTrails = signal(false);

  /** How the stage shows points: see `stage_options.ts`. */
  readonly look = signal<Look>(DEFAULT_LOOK);
  readonly tool = signal<Tool>("move");
  /** Colors by what the layout or the network knows of each point at the playhead's step; wins over `colorChoice`. */
  readonly colorMeasure = signal<string | null>(null);
  /** A column made elsewhere, such as a difference between panes; wins over every other choice of color. */
  readonly colorOverride = signal<ColorColumn | null>(null);

  /** The column's name; null for one color for all; undefined while the user has not chosen. */
  readonly colorChoice = signal<string | null | undefined>(undefined);
  readonly emphasized = signal<ReadonlySet<CategoryName>>(new Set());

  readonly selectedSeries = computed(() => findSeries(this.series.value ?? [], this.selection.value));
  readonly selectedLayout = computed(
    () =>
      layoutsOf(this.selectedSeries.value).find(({ name }) => name === this.selection.value?.layout) ?? null,
  );

  readonly phase = computed((): Phase => {
    if (this.failure.value && !this.frames.value) return "error";
    const all = this.series.value;
    if (!all) return "loading";
    const series = this.selectedSeries.value;
    if (all.length === 0 || !series) return "empty";
    if (!isReadable(series)) return "error";
    if (layoutsOf(series).length === 0) return "no-layout";
    return this.frames.value && this.isMetadataSettled.value ? "ready" : "loading";
  });

  readonly #nPoints = computed(() => this.frames.value?.nPoints ?? 0);
  readonly nFrames = computed(() => this.frames.value?.steps.length ?? 0);
  readonly position = computed(() => positionAt(this.playhead.value, this.nFrames.value));
  readonly tween = computed(() => tweenAt(this.position.value));
  /** The captured step that the picture is closest to. */
  readonly nearestStep = computed(() => this.frames.value?.steps[this.tween.value.nearest] ?? null);

  /** The one selected point. */
  readonly focus = computed(() =>
    this.selected.value.length === 1 ? (this.selected.value[0] ?? null) : null,
  );
  /** Per point: 1 where the filter matches. */
  readonly matches = computed(() =>
    matchPoints(this.filter.value, this.metadata.value?.columns ?? [], this.frames.value?.nPoints ?? 0),
  );
  readonly matchCount = computed(() => this.matches.value.reduce((count, match) => count + match, 0));
  /** Per point: 1 where it is not to be seen. Null where nothing is hidden. */
  readonly hidden = computed(() => hiddenPoints(this.filter.value, this.matches.value, this.cut.value));

  readonly timeAxis = computed(
    (): TimeAxis => ({ steps: this.frames.value?.steps ?? [], spacing: this.spacing.value }),
  );
  readonly playheadFraction = computed(() => fractionOf(this.timeAxis.value, this.position.value));
  readonly curves = computed(() => [...qualityCurves(this.quality.value), ...this.scalarCurves.value]);
  readonly shownCurves = computed(() => {
    const shown = this.curveChoice.value ?? shownAtFirst(this.curves.value);
    return this.curves.value.filter(({ id }) => shown.has(id));
  });

  readonly colorColumns = computed((): readonly ColumnInfo[] => {
    return (this.metadata.value?.columns ?? []).filter(isColorColumn);
  });
  readonly colorColumn = computed((): ColorColumn | null => {
    if (this.colorOverride.value) return this.colorOverride.value;
    const choice = this.colorChoice.value;
    if (choice === null) return null;
    const columns = this.metadata.value?.columns ?? [];
    return columns.find(({ name }) => name === choice) ?? columns.find(isColorColumn) ?? null;
  });
  readonly coloring = computed(() => {
    return colorPoints(
      this.#nPoints.value,
      this.colorColumn.value,
      this.theme.value,
      this.#knownEmphasis.value,
    );
  });
  readonly #shuffled = computed(() => shuffledIndices(this.#nPoints.value));
  /** Per point: 1 where the pointer finds it. */
  readonly isPickable = computed(() => findPickable(this.coloring.value.isEmphasized, this.hidden.value));
  readonly pointStyle = computed(() => {
    const { hidesFiltered, opacity } = this.look.value;
    return makePointStyle({
      coloring: this.coloring.value,
      hidden: this.hidden.value,
      hidesFiltered,
      opacity,
      selected: this.selected.value,
      shuffled: this.#shuffled.value,
      theme: this.theme.value,
    });
  });

  /** Emphasis on categories that this series does not have would leave everything in the background. */
  readonly #knownEmphasis = computed((): ReadonlySet<CategoryName> => {
    const column = this.colorColumn.value;
    if (column?.kind !== "categorical") return new Set();
    const known = new Set<CategoryName>([...column.categories, null]);
    return new Set([...this.emphasized.value].filter((category) => known.has(category)));
  });
}
