import type { Replay } from "@/api/types";

/** What running a receipt again has shown, and how numbers can differ though nobody changed them. */
export function outcomeOf({ identical }: Pick<Replay, "identical">): string {
  if (identical) return "Run again as of then: the same numbers.";
  return (
    "Run again as of then: other numbers. What was erased or deleted since then counts no more, " +
    "and what was just being stored or labelled then counts now."
  );
}
