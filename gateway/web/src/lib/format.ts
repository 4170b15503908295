/** IANA zone of this browser: the zone in which the user means dates. */
export function zone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

const NAMES: Record<string, string> = {
  login_account: "login & account",
  anger_feedback: "anger & feedback",
  livechat: "live chat",
  email: "e-mail",
  telegram: "Telegram",
};

/** A label as people read it. */
export function labelName(label: string): string {
  return NAMES[label] ?? label.replaceAll("_", " ");
}

/** A call's name as people read it: "ListReviewQueue" is "List review queue". */
export function actionName(call: string): string {
  return call.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

const UNDETERMINED = "und";

/** A value of a field as people read it: languages by their name, hours with their ends, the rest as labels. */
export function valueName(field: string, value: string): string {
  if (field === "hour") return `${value.padStart(2, "0")}:00–${String(Number(value) + 1).padStart(2, "0")}:00`;
  if (field !== "language") return labelName(value);
  if (value === UNDETERMINED) return "unclear";
  return languageName(value);
}

/** The name of a language by its code; what is no such code stays as it is. */
export function languageName(code: string, locale?: string): string {
  try {
    return new Intl.DisplayNames(locale, { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

export function whole(value: number): string {
  return new Intl.NumberFormat().format(value);
}

/** A measure's value: shares and confidences as percent, averages with one digit, counts as they are. */
export function measured(value: number, measure: string): string {
  if (measure === "share" || measure === "mean_confidence")
    return new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 }).format(value);
  if (measure === "per_day_average")
    return new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 }).format(value);
  return whole(value);
}

/** A row's key as people read it: hours, days and labels. */
export function keyName(dimension: string, key: string): string {
  if (dimension === "hour") return `${key}:00`;
  if (dimension === "day") {
    const date = new Date(`${key}T12:00:00Z`);
    return date.toLocaleDateString(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
  }
  return valueName(dimension, key);
}

/** Local dates, both included: "9–15 Nov 2026". */
export function dateSpan(start: string, end: string): string {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
  return format.formatRange(new Date(`${start}T12:00:00Z`), new Date(`${end}T12:00:00Z`));
}

/** An instant as the reader's clock and calendar say it. */
export function moment(instant: string): string {
  return new Date(instant).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** The time of day of an instant: "14:05". */
export function clock(instant: string): string {
  return new Date(instant).toLocaleTimeString(undefined, { timeStyle: "short" });
}

/** A size as people read it: "1.2 MB". */
export function bytes(size: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const step = size > 0 ? Math.min(units.length - 1, Math.floor(Math.log10(size) / 3)) : 0;
  const style = { style: "unit", unit: units[step] ?? "byte", maximumFractionDigits: step === 0 ? 0 : 1 } as const;
  return new Intl.NumberFormat(undefined, style).format(size / 1000 ** step);
}

/** The day of an instant as the reader's calendar says it. */
export function dayOf(instant: string): string {
  return new Date(instant).toLocaleDateString(undefined, { dateStyle: "medium" });
}
