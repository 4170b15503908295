import type { Turn } from "@/api/types";
import { type Exchange, fromTurn } from "@/chat/reply";

/**
 * The turns that lead to the newest one, oldest first: what the session remembers. A turn asked in place of another one
 * carries those before it as its versions.
 */
export function branchOf(turns: readonly Turn[]): Exchange[] {
  const byNumber = new Map(turns.map((turn) => [turn.number, turn]));
  const branch: Turn[] = [];
  let turn = byNumber.get(Math.max(...byNumber.keys()));
  while (turn) {
    branch.unshift(turn);
    turn = byNumber.get(turn.previous_number);
  }
  const byId = new Map(turns.map((each) => [each.id, each]));
  return branch.map((each) => withVersions(each, byId));
}

function withVersions(turn: Turn, byId: Map<string, Turn>): Exchange {
  const versions: Exchange[] = [];
  let before = byId.get(turn.replaces_turn_id ?? "");
  while (before) {
    versions.unshift(fromTurn(before));
    before = byId.get(before.replaces_turn_id ?? "");
  }
  return { ...fromTurn(turn), versions };
}

/** The exchanges with one more: at their end, or in place of the one it replaces and whatever came after that. */
export function placed(exchanges: readonly Exchange[], next: Exchange): Exchange[] {
  const place = exchanges.findIndex(({ replyId }) => replyId !== null && replyId === next.replaces);
  const replaced = exchanges[place];
  if (!replaced) return [...exchanges, next];
  const versions = [...replaced.versions, { ...replaced, versions: [] }];
  return [...exchanges.slice(0, place), { ...next, versions }];
}
