/** Drawn on a grid of 24, filled with the text color. */
const PATHS = {
  play: "M8 5v14l11-7z",
  pause: "M6 5h4v14H6zM14 5h4v14h-4z",
  first: "M6 6h2v12H6zM18 6v12l-8.5-6z",
  previous: "M15 6v12l-8.5-6z",
  next: "M9 6v12l8.5-6z",
  last: "M16 6h2v12h-2zM6 6v12l8.5-6z",
};

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
