import type { Message } from "@/api/types";

const KEPT = 100;

/** The list with a message put first, or in the place it already has. */
export function merged(messages: readonly Message[], message: Message): Message[] {
  if (messages.some(({ id }) => id === message.id))
    return messages.map((known) => (known.id === message.id ? message : known));
  return [message, ...messages].slice(0, KEPT);
}

/** The list with those of before it at its end, but for the ones it has. */
export function after(messages: readonly Message[], before: readonly Message[]): Message[] {
  const known = new Set(messages.map(({ id }) => id));
  return [...messages, ...before.filter(({ id }) => !known.has(id))].slice(0, KEPT);
}
