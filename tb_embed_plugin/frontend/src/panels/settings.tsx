import type { RendererChoice } from "../stage/choose_renderer";
import { writeRendererChoice } from "../state/settings";
import type { Store } from "../state/store";
import { SelectField } from "./fields";

const OPTIONS: readonly { value: RendererChoice; label: string }[] = [
  { value: "auto", label: "auto" },
  { value: "webgl", label: "WebGL" },
  { value: "canvas2d", label: "Canvas 2D" },
];

export function SettingsPanel({ store }: { store: Store }) {
  const info = store.rendererInfo.value;
  return (
    <details class="panel settings">
      <summary>Settings</summary>
      <SelectField
        label="Renderer"
        value={store.rendererChoice.value}
        options={OPTIONS}
        onSelect={(value) => {
          const choice = OPTIONS.find((option) => option.value === value)?.value ?? "auto";
          store.rendererChoice.value = choice;
          writeRendererChoice(choice);
        }}
      />
      {info && (
        <p class="facts">
          Drawing with {info.kind === "webgl" ? "WebGL" : "Canvas 2D"}. {info.reason}
        </p>
      )}
    </details>
  );
}
