/** IANA zone of this browser: the zone in which the user means dates. */
export function zone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

const NAMES: Record<string, string> = { login_account: "login & account", anger_feedback: "anger & feedback" };

/** A label as people read it. */
export function labelName(label: string): string {
  return NAMES[label] ?? label.replaceAll("_", " ");
}

export function whole(value: number): string {
  return new Intl.NumberFormat().format(value);
}

/** A measure's value: shares and confidences as percent, averages with one digit, counts as they are. */
export function measured(value: number, measure: string): string {
  if (measure === "share" || measure === "mean_confidence")
    return new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 }).format(value);
  if (measure === "per_day_average") return new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 }).format(value);
  return whole(value);
}

/** A row's key as people read it: hours, days and labels. */
export function keyName(dimension: string, key: string): string {
  if (dimension === "hour") return `${key}:00`;
  if (dimension === "day") {
    const date = new Date(`${key}T12:00:00Z`);
    return date.toLocaleDateString(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
  }
  return labelName(key);
}

/** An instant as the reader's clock and calendar say it. */
export function moment(instant: string): string {
  return new Date(instant).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
