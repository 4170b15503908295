/** Why no day stands out; `judged`: how many counts were looked at, none where there is too little to judge them by. */
export function withoutSpikes(judged: number): string {
  if (judged > 0) return "No day out of the ordinary.";
  return "Too little history before this period to tell: it takes two weeks.";
}
