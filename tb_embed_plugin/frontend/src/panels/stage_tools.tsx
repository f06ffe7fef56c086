import type { Tool } from "../stage/tool";
import type { Store } from "../state/store";
import { resetView, zoomToSelection } from "../state/view";
import { Icon, type IconName } from "./icons";

const TOOLS: readonly { tool: Tool; name: string; hint: string }[] = [
  { tool: "move", name: "Move", hint: "drag moves or turns, shift-drag moves, wheel zooms" },
  { tool: "lasso", name: "Lasso", hint: "drag around points; shift adds, alt subtracts" },
  { tool: "rectangle", name: "Rectangle", hint: "drag over points; shift adds, alt subtracts" },
];

/** What the pointer does, and where one looks. */
export function StageTools({ store }: { store: Store }) {
  return (
    <div class="stage-tools" role="toolbar" aria-label="Pointer and view">
      {TOOLS.map(({ tool, name, hint }) => (
        <ToolButton
          key={tool}
          name={name}
          icon={tool}
          title={`${name}: ${hint}`}
          isPressed={store.tool.value === tool}
          onPress={() => {
            store.tool.value = tool;
          }}
        />
      ))}
      <span class="tool-gap" />
      <ToolButton
        name="Zoom to selection"
        icon="focus"
        title="Zoom to selection (F on the stage)"
        isEnabled={store.selected.value.length > 0}
        onPress={() => zoomToSelection(store)}
      />
      <ToolButton
        name="Reset view"
        icon="fit"
        title="Reset view (0 on the stage)"
        isEnabled={store.camera.value !== null}
        onPress={() => resetView(store)}
      />
    </div>
  );
}

interface ToolButtonProps {
  name: string;
  icon: IconName;
  title: string;
  /** Only for buttons that stay down. */
  isPressed?: boolean;
  isEnabled?: boolean;
  onPress: () => void;
}

function ToolButton({ name, icon, title, isPressed, isEnabled = true, onPress }: ToolButtonProps) {
  return (
    <button
      type="button"
      class="tool"
      aria-label={name}
      aria-pressed={isPressed}
      title={title}
      disabled={!isEnabled}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  );
}
