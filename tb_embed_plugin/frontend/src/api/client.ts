import { decodeFrames } from "./frames";
import type { FramesReply, LayoutKey, MetadataReply, QualityReply, SeriesKey, SeriesReply } from "./types";

export class RequestError extends Error {
  override name = "RequestError";
}

export interface Client {
  getSeries(signal: AbortSignal): Promise<SeriesReply>;
  getMetadata(key: SeriesKey, signal: AbortSignal): Promise<MetadataReply>;
  getQuality(key: LayoutKey, signal: AbortSignal): Promise<QualityReply>;
  /** `steps` null asks for all of the layout's steps. */
  getFrames(key: LayoutKey, steps: readonly number[] | null, signal: AbortSignal): Promise<FramesReply>;
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

  spriteUrl(key, page) {
    const query = seriesQuery(key);
    query.set("page", String(page));
    return `sprite?${query}`;
  },
};

function seriesQuery({ run, tag }: SeriesKey): URLSearchParams {
  return new URLSearchParams({ run, tag });
}

function layoutQuery({ run, tag, layout }: LayoutKey): URLSearchParams {
  return new URLSearchParams({ run, tag, layout });
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

async function get(url: string, signal: AbortSignal): Promise<Response> {
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
