import type { Stats } from "@/api/types";
import { dayOf } from "@/lib/format";

/** A number and that of the period before; `since` is the day of the first message, where that period begins earlier. */
export interface Figure {
  value: number;
  before: number;
  since?: string;
}

type Compared = Pick<Stats, "total" | "compare_total" | "compare_to" | "first_event_time">;

export function figureOf(data: Compared): Figure {
  const since = firstDay(data);
  return { value: data.total, before: data.compare_total ?? 0, ...(since ? { since } : {}) };
}

/** The change in percent; none against nothing, nor against a period in which messages only began. */
export function percentOf({ value, before, since }: Figure): number | undefined {
  return before === 0 || since ? undefined : Math.round(((value - before) / before) * 100);
}

/** The day of the first message, where the period compared with begins on an earlier one. */
function firstDay({ compare_to, first_event_time }: Omit<Compared, "total" | "compare_total">) {
  if (!first_event_time || !compare_to?.start || first_event_time <= compare_to.start) return undefined;
  const day = dayOf(first_event_time);
  return day === dayOf(compare_to.start) ? undefined : day;
}
