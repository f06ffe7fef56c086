import { useEffect, useRef } from "preact/hooks";
import type { Pictures } from "./replies";

interface IdealInputsProps {
  ideal: (Pictures & { step: number }) | null;
  means: Pictures | null;
}

/** What would excite each unit most, beside what its class looks like on average. */
export function IdealInputsPanel({ ideal, means }: IdealInputsProps) {
  if (!ideal) return null;
  return (
    <section class="ideal-inputs" aria-label="Ideal inputs" data-step={ideal.step}>
      <h3>Ideal inputs at step {ideal.step}</h3>
      <ul>
        {ideal.names.map((name, i) => {
          const mean = means?.names.indexOf(name) ?? -1;
          const score = ideal.scores?.[i];
          return (
            <li key={name}>
              <Picture pictures={ideal} index={i} label={`Ideal input of ${name}`} />
              {means && mean >= 0 && (
                <Picture pictures={means} index={mean} label={`Mean of class ${name}`} />
              )}
              <span>
                {name} {score !== undefined && <b>{score.toFixed(2)}</b>}
              </span>
            </li>
          );
        })}
      </ul>
      <p class="facts">
        Gray is 0, brighter is more, darker less{means && "; at the right the mean of the class"}. Numbers are
        the unit’s output for its ideal input.
      </p>
    </section>
  );
}

function Picture({ pictures, index, label }: { pictures: Pictures; index: number; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = pictures;
  useEffect(() => {
    if (width * height === 0) return;
    const image = new ImageData(toRgba(pictures, index), width, height);
    canvas.current?.getContext("2d")?.putImageData(image, 0, 0);
  }, [pictures, index, width, height]);
  return <canvas ref={canvas} role="img" aria-label={label} width={width} height={height} />;
}

export function toRgba({ pixels, width, height, nChannels }: Pictures, index: number) {
  const size = width * height;
  const rgba = new Uint8ClampedArray(size * 4);
  for (let i = 0; i < size; i++) {
    const at = (index * size + i) * nChannels;
    for (let channel = 0; channel < 3; channel++) {
      rgba[4 * i + channel] = pixels[at + (nChannels === 3 ? channel : 0)] ?? 0;
    }
    rgba[4 * i + 3] = 255;
  }
  return rgba;
}
