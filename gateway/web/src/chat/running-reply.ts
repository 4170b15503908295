/** A reply in progress, remembered by this tab so that a reload goes on reading it. */
export interface RunningReply {
  replyId: string;
  question: string;
  /** The reply in whose place it was asked for. */
  replaces: string | null;
}

const key = (sessionId: string) => `earshot.running.${sessionId}`;

export function rememberReply(sessionId: string, reply: RunningReply): void {
  sessionStorage.setItem(key(sessionId), JSON.stringify(reply));
}

export function recallReply(sessionId: string): RunningReply | null {
  const kept = sessionStorage.getItem(key(sessionId));
  return kept === null ? null : (JSON.parse(kept) as RunningReply);
}

/** Forgets the reply, unless a later one took its place. */
export function forgetReply(sessionId: string, replyId: string): void {
  if (recallReply(sessionId)?.replyId === replyId) sessionStorage.removeItem(key(sessionId));
}
