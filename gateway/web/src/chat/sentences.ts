/** The part of a growing text that ends with a whole sentence or line. */
export function completeSentences(text: string): string {
  const ends = [...text.matchAll(/[.!?…](?=\s)|\n/g)];
  const last = ends.at(-1);
  return last ? text.slice(0, last.index + 1) : "";
}
