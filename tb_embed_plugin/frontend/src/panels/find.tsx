import { batch } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { Client } from "../api/client";
import type { SpriteCache } from "../api/sprites";
import type { Finding, Findings, Moment } from "../find/evidence";
import { gatherEvidence, labelColumnOf, readShown, type Shown } from "../find/gather";
import type { FindQuestion } from "../find/worker";
import { WorkerClient } from "../host/worker_client";
import { chooseColor, goTo } from "../state/actions";
import { select } from "../state/selecting";
import type { Store } from "../state/store";
import { SelectField } from "./fields";
import { describeValue } from "./format";
import { Panel } from "./panel";
import { Thumbnail } from "./thumbnail";

/** More than this nobody looks through; the list scrolls. */
const N_FINDINGS = 50;
const THUMBNAIL_SIZE = 28;

const LISTS: readonly { value: keyof Findings; label: string; explanation: string }[] = [
  {
    value: "moments",
    label: "Moments",
    explanation: "When classes separated or merged, or accuracy jumped.",
  },
  {
    value: "mislabeled",
    label: "Suspected label errors",
    explanation: "Points that sit among another class, or are taken for one, while their class is not.",
  },
  {
    value: "moved",
    label: "Moved most",
    explanation: "In the picture, over all steps, relative to the points around them.",
  },
  {
    value: "changed",
    label: "Changed neighbors most",
    explanation: "Share of the nearest neighbors among the activations that are others than a step before.",
  },
  { value: "switched", label: "Switched class", explanation: "How often the predicted class changed." },
];

interface FindProps {
  store: Store;
  client: Client;
  sprites: SpriteCache;
}

/** Ranked lists of what is remarkable; each entry leads to its point and step. */
export function FindPanel(props: FindProps) {
  return (
    <Panel name="find" title="Find" isOpenAtFirst={false}>
      <FindBody {...props} />
    </Panel>
  );
}

type State = { kind: "looking" } | { kind: "found"; findings: Findings } | { kind: "failed"; reason: string };

function FindBody({ store, client, sprites }: FindProps) {
  const [list, setList] = useState<keyof Findings>("moments");
  const state = useFindings(readShown(store), client);
  const chosen = LISTS.find(({ value }) => value === list);
  return (
    <>
      <SelectField
        label="List"
        value={list}
        options={LISTS.map(({ value, label }) => ({ value, label }))}
        onSelect={(value) => setList(LISTS.find((known) => known.value === value)?.value ?? "moments")}
      />
      <p class="facts">{chosen?.explanation}</p>
      {state.kind === "looking" && <p class="facts">Looking…</p>}
      {state.kind === "failed" && (
        <p class="facts" role="alert">
          {state.reason}
        </p>
      )}
      {state.kind === "found" && (
        <FindingList store={store} sprites={sprites} list={list} findings={state.findings} />
      )}
    </>
  );
}

/** Findings of what is shown, made anew whenever it changes. */
function useFindings(shown: Shown | null, client: Client): State {
  const [state, setState] = useState<State>({ kind: "looking" });
  // At 10,000 points × 50 steps looking takes longer than a frame.
  const [worker] = useState(() => new WorkerClient<FindQuestion, Findings>("./find_worker.js"));
  useEffect(() => () => worker.destroy(), [worker]);
  const { frames, labelColumn } = shown ?? {};
  // `shown` itself is made anew each time; its parts are not.
  useEffect(() => {
    if (!shown) return;
    const task = new AbortController();
    setState({ kind: "looking" });
    gatherEvidence(client, shown, task.signal)
      .then((evidence) => worker.ask({ evidence, count: N_FINDINGS }))
      .then(
        (findings) => {
          if (!task.signal.aborted) setState({ kind: "found", findings });
        },
        (error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error);
          if (!task.signal.aborted) setState({ kind: "failed", reason });
        },
      );
    return () => task.abort();
  }, [frames, labelColumn, client, worker]);
  return state;
}

interface FindingListProps {
  store: Store;
  sprites: SpriteCache;
  list: keyof Findings;
  findings: Findings;
}

function FindingList({ store, sprites, list, findings }: FindingListProps) {
  if (findings[list].length === 0) return <p class="facts">Nothing of this kind is known of this series.</p>;
  return (
    <ol class="findings" data-list={list}>
      {list === "moments"
        ? findings.moments.map((moment) => (
            <li key={`${moment.kind} ${moment.classes} ${moment.step}`}>
              <MomentLink store={store} moment={moment} />
            </li>
          ))
        : findings[list].map((finding) => (
            <li key={finding.point}>
              <FindingLink store={store} sprites={sprites} finding={finding} />
            </li>
          ))}
    </ol>
  );
}

function FindingLink({ store, sprites, finding }: { store: Store; sprites: SpriteCache; finding: Finding }) {
  const { point, step, note } = finding;
  const column = labelColumnOf(store);
  const show = () => {
    store.hovered.value = point;
  };
  const leave = () => {
    store.hovered.value = null;
  };
  return (
    <button
      type="button"
      class="finding"
      data-point={point}
      data-step={step}
      onClick={() => {
        leave();
        select(store, [point]);
        jumpTo(store, step);
      }}
      onPointerEnter={show}
      onPointerLeave={leave}
      onFocus={show}
      onBlur={leave}
    >
      <Thumbnail store={store} sprites={sprites} point={point} size={THUMBNAIL_SIZE} isDecoration />
      <span>
        <strong>
          point {point}
          {column && ` · ${describeValue(column, point)}`}
        </strong>
        <span class="finding-note">
          step {step} · {note}
        </span>
      </span>
    </button>
  );
}

function MomentLink({ store, moment }: { store: Store; moment: Moment }) {
  return (
    <button
      type="button"
      class="finding"
      data-step={moment.step}
      onClick={() => {
        const column = labelColumnOf(store);
        batch(() => {
          if (column) chooseColor(store, column.name);
          store.emphasized.value = new Set(moment.classes.map((index) => column?.categories[index] ?? null));
          jumpTo(store, moment.step);
        });
      }}
    >
      <span>
        <strong>{moment.note}</strong>
        <span class="finding-note">step {moment.step}</span>
      </span>
    </button>
  );
}

function jumpTo(store: Store, step: number): void {
  const index = store.frames.value?.steps.indexOf(step) ?? -1;
  if (index >= 0) goTo(store, index);
}
