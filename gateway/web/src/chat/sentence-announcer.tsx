import { completeSentences } from "@/chat/sentences";

/** Tells a screen reader the answer sentence by sentence; token by token nobody could follow. */
export function SentenceAnnouncer({ text, done }: { text: string; done: boolean }) {
  return (
    <p className="sr-only" aria-live="polite" aria-atomic="false">
      {done ? text : completeSentences(text)}
    </p>
  );
}
