import { useId } from "preact/hooks";

export interface Option {
  value: string;
  label: string;
}

interface SelectFieldProps {
  label: string;
  value: string;
  options: readonly Option[];
  isDisabled?: boolean;
  onSelect: (value: string) => void;
}

export function SelectField({ label, value, options, isDisabled = false, onSelect }: SelectFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      <select
        id={id}
        value={value}
        title={options.find((option) => option.value === value)?.label}
        disabled={isDisabled || options.length === 0}
        onChange={(event) => onSelect(event.currentTarget.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}

interface ToggleProps {
  label: string;
  title?: string;
  isOn: boolean;
  isEnabled?: boolean;
  onChange: (isOn: boolean) => void;
}

export function Toggle({ label, title, isOn, isEnabled = true, onChange }: ToggleProps) {
  return (
    <label class="toggle" title={title}>
      <input
        type="checkbox"
        checked={isOn}
        disabled={!isEnabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}

interface SliderFieldProps {
  label: string;
  value: number;
  min: number;
  max: number;
  /** What a screen reader says of a value. */
  describe: (value: number) => string;
  onChange: (value: number) => void;
}

export function SliderField({ label, value, min, max, describe, onChange }: SliderFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step="any"
        value={value}
        title={describe(value)}
        aria-valuetext={describe(value)}
        onInput={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}
