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
import { findUnsupported, splitMotion } from "../stage/own_motion";
import type { Size } from "../stage/size";
import type { RendererInfo } from "../stage/stage";
import type { ThumbnailSheet } from "../stage/thumbnail_sheet";
import type { Tool } from "../stage/tool";
import type { Camera } from "../stage/viewport";
import { labelPoints, nameClasses, namesColumn } from "./annotations";
import type { Compare } from "./compare";
import { type Curve, qualityCurves, shownAtFirst } from "./curves";
import { type Cut, type Filter, hiddenPoints, matchPoints, NO_FILTER } from "./filter";
import type { FrameSet } from "./frame_set";
import {
  ACTIVATION_MEASURES,
  FALSE_NEIGHBORS,
  MOSTLY,
  measureColumn,
  measureNames,
  rowsAt,
  sourceOf,
  wantedMeasures,
} from "./measures";
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

  readonly showsHelp = signal(false);
  /** What fills the middle of the tab. */
  readonly view = signal<"layout" | "fingerprints">("layout");

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
  /** Measures of points that were fetched, of the layout that is shown. */
  readonly measures = signal<ReadonlyMap<string, MeasureReply>>(new Map());
  /** Counts up to have measures that failed fetched again. */
  readonly measureAttempt = signal(0);
  /** The sprite pages while thumbnails stand for points. */
  readonly thumbnails = signal<ThumbnailSheet | null>(null);
  /** Colors by what the layout or the network knows of each point at the playhead's step; wins over `colorChoice`. */
  readonly colorMeasure = signal<string | null>(null);
  /** What the second pane shows; null where there is one pane. */
  readonly compare = signal<Compare | null>(null);
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
    if (this.colorMeasure.value) return this.#measureColumn.value;
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
  /** What can be colored by besides the metadata. */
  readonly measureNames = computed(() => measureNames(this.selectedSeries.value, this.selectedLayout.value));
  readonly mark = computed(() => this.look.value.mark);
  /** Measures that have to be fetched for what is shown. */
  readonly wantedMeasures = computed(() =>
    wantedMeasures(this.measureNames.value, this.colorMeasure.value, this.look.value),
  );
  readonly #measureColumn = computed(() => {
    const name = this.colorMeasure.value;
    const reply = name ? this.measures.value.get(sourceOf(name)) : undefined;
    const step = this.nearestStep.value;
    const series = this.selectedSeries.value;
    if (!name || !reply || step === null || !series || !isReadable(series)) return null;
    return measureColumn(name, reply, step, series.class_names ?? null, this.metadata.value?.columns ?? []);
  });

  /** Index of the frame that the motion shown leads to: null at the first. */
  readonly #arrival = computed(() => {
    const { to, isCaptured } = this.tween.value;
    return to > 0 || !isCaptured ? to : null;
  });
  /** The motion shown, split into the whole cloud's and each point's own; null where it is not asked for. */
  readonly motionSplit = computed(() => {
    const to = this.#arrival.value;
    const set = this.frames.value;
    if (!this.look.value.splitsMotion || to === null || !set) return null;
    const [before, after] = [set.frames[to - 1], set.frames[to]];
    return before && after ? splitMotion(before.positions, after.positions, set.grid.extent.length) : null;
  });
  /** Per point: 1 where it moves in the picture and hardly in the activations; null where nothing is known. */
  readonly unsupported = computed(() => {
    const split = this.motionSplit.value;
    const step = this.frames.value?.steps[this.#arrival.value ?? -1];
    if (!split || step === undefined) return null;
    return findUnsupported(split.own, rowsAt(this.measures.value, ACTIVATION_MEASURES, step));
  });
  readonly halos = computed(() => {
    const step = this.nearestStep.value;
    if (!this.look.value.showsHalos || step === null) return null;
    const [row] = rowsAt(this.measures.value, [FALSE_NEIGHBORS], step);
    return row ? Uint8Array.from(row, (share) => (share > MOSTLY ? 1 : 0)) : null;
  });
  readonly shuffled = computed(() => shuffledIndices(this.#nPoints.value));
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
      halos: this.halos.value,
      unsupported: this.unsupported.value,
      shuffled: this.shuffled.value,
      theme: this.theme.value,
    });
  });

  /** The class names at their clusters; null where they are switched off or there are no classes. */
  readonly classNames = computed(() => {
    if (!this.look.value.showsNames) return null;
    const column = namesColumn(this.metadata.value?.columns ?? [], this.colorChoice.value);
    return column && nameClasses(column, this.#nPoints.value, this.hidden.value, this.theme.value);
  });
  /** The text at each point, while labels stand for points. */
  readonly labels = computed(() => {
    if (this.mark.value !== "labels") return null;
    const columns = this.metadata.value?.columns ?? [];
    const column = columns.find(({ name }) => name === this.look.value.labelColumn) ?? columns[0];
    return column ? labelPoints(column, this.shuffled.value) : null;
  });

  /** Emphasis on categories that this series does not have would leave everything in the background. */
  readonly #knownEmphasis = computed((): ReadonlySet<CategoryName> => {
    const column = this.colorColumn.value;
    if (column?.kind !== "categorical") return new Set();
    const known = new Set<CategoryName>([...column.categories, null]);
    return new Set([...this.emphasized.value].filter((category) => known.has(category)));
  });
}
