import { decodeFrames } from "./frames";
import { decodeMeasure, type MeasureReply } from "./measures";
import type {
  FramesReply,
  LayoutKey,
  MetadataReply,
  NeighborsReply,
  QualityReply,
  ScalarsReply,
  SeriesKey,
  SeriesReply,
} from "./types";

export class RequestError extends Error {
  override name = "RequestError";
}

export interface Client {
  getSeries(signal: AbortSignal): Promise<SeriesReply>;
  getMetadata(key: SeriesKey, signal: AbortSignal): Promise<MetadataReply>;
  getQuality(key: LayoutKey, signal: AbortSignal): Promise<QualityReply>;
  /** `steps` null asks for all of the layout's steps. */
  getFrames(key: LayoutKey, steps: readonly number[] | null, signal: AbortSignal): Promise<FramesReply>;
  /** A measure of every point, of the series or of the layout where one is named; at all steps where `steps` is null. */
  getMeasure(
    key: SeriesKey & { layout: string | null },
    measure: string,
    steps: readonly number[] | null,
    signal: AbortSignal,
  ): Promise<MeasureReply>;
  /** TensorBoard's own scalars of a run, and those captured with its snapshots. */
  getScalars(run: string, signal: AbortSignal): Promise<ScalarsReply>;
  /** The nearest neighbors of a point among the activations, by the layout's metric. */
  getNeighbors(
    key: SeriesKey & { layout: string | null },
    at: { step: number; point: number; count: number },
    signal: AbortSignal,
  ): Promise<NeighborsReply>;
  spriteUrl(key: SeriesKey, page: number): string;
}

/** URLs are relative, so that the page's <base> puts them below the plugin under any --path_prefix. */
export const httpClient: Client = {
  async getSeries(signal) {
    const reply = await getJson("series", signal);
    if (!hasArray(reply, "series")) throw new RequestError("The reply to series lacks its list of series.");
    return reply as unknown as SeriesReply;
  },

  async getMetadata(key, signal) {
    const reply = await getJson(`metadata?${seriesQuery(key)}`, signal);
    if (!hasArray(reply, "columns")) throw new RequestError("The reply to metadata lacks its columns.");
    return reply as unknown as MetadataReply;
  },

  async getQuality(key, signal) {
    const reply = await getJson(`quality?${layoutQuery(key)}`, signal);
    if (!hasArray(reply, "steps")) throw new RequestError("The reply to quality lacks its steps.");
    return reply as unknown as QualityReply;
  },

  async getFrames(key, steps, signal) {
    const query = layoutQuery(key);
    if (steps) query.set("steps", steps.join(","));
    // Commas may stand in a query as they are; percent-encoded they would treble the URL.
    const url = `frames?${query}`.replaceAll("%2C", ",");
    const response = await get(url, signal);
    return decodeFrames(await response.arrayBuffer());
  },

  async getMeasure(key, measure, steps, signal) {
    const query = layoutQuery(key);
    query.set("measure", measure);
    if (steps) query.set("steps", steps.join(","));
    const response = await get(`per_point?${query}`.replaceAll("%2C", ","), signal);
    return decodeMeasure(await response.arrayBuffer());
  },

  async getScalars(run, signal) {
    const reply = await getJson(`scalars?${new URLSearchParams({ run })}`, signal);
    if (!hasArray(reply, "scalars"))
      throw new RequestError("The reply to scalars lacks its list of scalars.");
    return reply as unknown as ScalarsReply;
  },

  async getNeighbors(key, { step, point, count }, signal) {
    const query = layoutQuery(key);
    query.set("step", String(step));
    query.set("point", String(point));
    query.set("k", String(count));
    const reply = await getJson(`neighbors?${query}`, signal);
    if (!hasArray(reply, "points")) throw new RequestError("The reply to neighbors lacks its points.");
    return reply as unknown as NeighborsReply;
  },

  spriteUrl(key, page) {
    const query = seriesQuery(key);
    query.set("page", String(page));
    return `sprite?${query}`;
  },
};

export function seriesQuery({ run, tag }: SeriesKey): URLSearchParams {
  return new URLSearchParams({ run, tag });
}

function layoutQuery({ run, tag, layout }: SeriesKey & { layout: string | null }): URLSearchParams {
  return new URLSearchParams({ run, tag, ...(layout === null ? {} : { layout }) });
}

async function getJson(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await get(url, signal);
  try {
    return await response.json();
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new RequestError(`The reply to ${url} is not JSON.`, { cause });
  }
}

export async function get(url: string, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal, cache: "no-cache" });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new RequestError("TensorBoard did not answer. Is it still running?", { cause });
  }
  if (!response.ok) throw new RequestError(await describeFailure(response));
  return response;
}

async function describeFailure(response: Response): Promise<string> {
  const status = `${response.status} ${response.statusText}`.trim();
  const isSentence = response.headers.get("content-type")?.startsWith("text/plain") ?? false;
  const body = isSentence ? (await response.text()).trim() : "";
  return body ? `${body} (${status})` : `TensorBoard answered ${status}.`;
}

function hasArray(value: unknown, key: string): boolean {
  return typeof value === "object" && value !== null && Array.isArray(Reflect.get(value, key));
}
