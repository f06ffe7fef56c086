/** Drawn on a grid of 24, filled with the text color. */
const PATHS = {
  play: "M8 5v14l11-7z",
  pause: "M6 5h4v14H6zM14 5h4v14h-4z",
  first: "M6 6h2v12H6zM18 6v12l-8.5-6z",
  previous: "M15 6v12l-8.5-6z",
  next: "M9 6v12l8.5-6z",
  close:
    "M18.3 5.7 12 12l6.3 6.3-1.4 1.4L10.6 13.4 4.3 19.7l-1.4-1.4L9.2 12 2.9 5.7l1.4-1.4L10.6 10.6l6.3-6.3z",
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
