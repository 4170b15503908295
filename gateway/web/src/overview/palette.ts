// Okabe and Ito's palette: told apart with every common colour vision.
const COLOURS: Readonly<Record<string, string>> = {
  withdraw: "#0072b2",
  login_account: "#e69f00",
  deposit: "#009e73",
  bonus: "#cc79a7",
  anger_feedback: "#56b4e9",
  game_issue: "#d55e00",
  geo_restriction: "#8a8a00",
};

const REST = "#7f7f7f";

/** The colour of a category: the same in every period and under all filters. */
export function colourOf(category: string): string {
  return COLOURS[category] ?? REST;
}
