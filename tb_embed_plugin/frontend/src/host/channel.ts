/**
 * TensorBoard's channel to a plugin's iframe. It wants every event answered: its broadcasts wait for all
 * replies.
 */

interface Message {
  type: string;
  id: number;
  payload: unknown;
  error: unknown;
  isReply: boolean;
}

export type HostEvent = "experimental.DataReloaded" | "experimental.RunsChanged";

/** Returns the function that closes the channel. Outside of TensorBoard nothing is ever heard. */
export function listenToHost(onEvent: (event: HostEvent) => void): () => void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = (event: MessageEvent<unknown>) => {
    const message = parseMessage(event.data);
    if (!message || message.isReply) return;
    if (isHostEvent(message.type)) onEvent(message.type);
    const reply: Message = { type: message.type, id: message.id, payload: null, error: null, isReply: true };
    port1.postMessage(JSON.stringify(reply));
  };
  window.parent.postMessage("experimental.bootstrap", "*", [port2]);
  return () => port1.close();
}

function isHostEvent(type: string): type is HostEvent {
  return type === "experimental.DataReloaded" || type === "experimental.RunsChanged";
}

function parseMessage(data: unknown): Message | null {
  if (typeof data !== "string") return null;
  try {
    return JSON.parse(data) as Message;
  } catch {
    // Not TensorBoard's: the channel speaks JSON only.
    return null;
  }
}
