import type { CategoryProposal } from "@/api/types";
import type { Definition } from "@/categories/use-categories";

export const MAX_EXAMPLES = 50;
/** Fewer examples than these seldom say what belongs to a category and what does not. */
export const GOOD_EXAMPLES = 5;

/** One example per line; blank lines, and lines that stand there already, are left out. */
export function examplesOf(text: string): string[] {
  return [...new Set(text.split("\n").map((line) => line.trim()))].filter(Boolean);
}

/** A definition to begin with, from a proposal: its words as a name, its messages as examples. */
export function definitionOf(proposal: CategoryProposal): Definition {
  const name = proposal.keywords.slice(0, 3).join(" ");
  const examples = proposal.exemplars.map(({ text }) => text.replaceAll(/\s*\n\s*/g, " "));
  return {
    name: name.charAt(0).toUpperCase() + name.slice(1),
    description: "",
    examples: examples.slice(0, MAX_EXAMPLES),
  };
}

/** How far the walk over history is, in whole percent; 100 once it has ended. */
export function walkedPercent({
  walked,
  walk_total: total,
  walking,
}: {
  walked: number;
  walk_total: number;
  walking: boolean;
}) {
  if (!walking) return 100;
  return total === 0 ? 0 : Math.min(99, Math.floor((walked / total) * 100));
}
