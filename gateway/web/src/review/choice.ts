/** Labels that stand alone by the label guide: choosing one drops the others, and the other way round. */
const ALONE = new Set(["smalltalk", "human_agent", "other"]);

/** The chosen intents after a click on one. */
export function chosenAfter(chosen: readonly string[], clicked: string): string[] {
  if (chosen.includes(clicked)) return chosen.filter((intent) => intent !== clicked);
  if (ALONE.has(clicked)) return [clicked];
  return [...chosen.filter((intent) => !ALONE.has(intent)), clicked];
}

/** The keys that choose intents, in the order the intents are shown. */
export const KEYS = "abcdefghijklmnopqrstuvwxyz";

export function intentOfKey(key: string, intents: readonly string[]): string | undefined {
  const place = key.length === 1 ? KEYS.indexOf(key) : -1;
  return place < 0 ? undefined : intents[place];
}
