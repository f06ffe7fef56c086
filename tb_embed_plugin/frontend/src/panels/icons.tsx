/** Drawn on a grid of 24, filled with the text color. */
const PATHS = {
  play: "M8 5v14l11-7z",
  pause: "M6 5h4v14H6zM14 5h4v14h-4z",
  first: "M6 6h2v12H6zM18 6v12l-8.5-6z",
  previous: "M15 6v12l-8.5-6z",
  next: "M9 6v12l8.5-6z",
  close:
    "M18.3 5.7 12 12l6.3 6.3-1.4 1.4L10.6 13.4 4.3 19.7l-1.4-1.4L9.2 12 2.9 5.7l1.4-1.4L10.6 10.6l6.3-6.3z",
  move: "M12 2l4 4h-3v5h5V8l4 4-4 4v-3h-5v5h3l-4 4-4-4h3v-5H6v3l-4-4 4-4v3h5V6H8z",
  lasso:
    "M12 4c5 0 9 2.5 9 6s-4 6-9 6c-.8 0-1.500-.1-2.200-.2.1.9-.2 2-1.200 3-1 .9-2.600 1.200-4.100 1.200v-1.800c1.200 0 2.200-.2 2.800-.8.5-.5.7-1.200.6-1.900C5 14.600 3 12.500 3 10c0-3.500 4-6 9-6zm0 1.900c-4 0-7.100 1.900-7.100 4.100 0 1.300 1 2.500 2.600 3.200.5-.5 1.200-.8 2-.8 1 0 1.700.6 2.100 1.500.2.1.3.1.4.1 4 0 7.100-1.800 7.100-4s-3.100-4.100-7.100-4.100z",
  rectangle:
    "M4 4h4v2H6v2H4zM10 4h4v2h-4zM16 4h4v4h-2V6h-2zM18 10h2v4h-2zM4 10h2v4H4zM4 16h2v2h2v2H4zM10 18h4v2h-4zM18 16h2v4h-4v-2h2z",
  focus:
    "M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4zM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6z",
  fit: "M12 5a7 7 0 1 1-7 7h2a5 5 0 1 0 5-5v3L7.500 6 12 2z",
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
