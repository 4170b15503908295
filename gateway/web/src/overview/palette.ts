// Okabe and Ito's palette: told apart with every common colour vision.
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a8a00", "#7f7f7f"];

/** The colour of the category at a place. */
export function colourAt(place: number): string {
  return COLOURS[place % COLOURS.length] ?? "";
}
