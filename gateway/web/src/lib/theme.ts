export const THEMES = { system: "as the system", light: "light", dark: "dark" } as const;
export type Theme = keyof typeof THEMES;

const KEY = "earshot.theme";

export function chosenTheme(): Theme {
  const kept = localStorage.getItem(KEY) ?? "";
  return kept in THEMES ? (kept as Theme) : "system";
}

/** Remembers the choice and shows it; colours follow `color-scheme`. */
export function chooseTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  showTheme(theme);
}

export function showTheme(theme: Theme): void {
  document.documentElement.style.colorScheme = theme === "system" ? "" : theme;
}
