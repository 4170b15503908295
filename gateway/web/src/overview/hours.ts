import type { Stats } from "@/api/types";

export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0"));

export interface HeatCell {
  weekday: string;
  hour: string;
  value: number;
  /** 0 to 1 of the busiest cell. */
  heat: number;
}

/** Rows of (weekday, hour) as a full week, Monday to Sunday; hours without a message are 0. */
export function heatOf(stats: Stats): HeatCell[][] {
  const values = new Map(stats.rows.map(({ keys, value }) => [`${keys["weekday"]} ${keys["hour"]}`, value]));
  const busiest = Math.max(1, ...values.values());
  return WEEKDAYS.map((weekday) =>
    HOURS.map((hour) => {
      const value = values.get(`${weekday} ${hour}`) ?? 0;
      return { weekday, hour, value, heat: value / busiest };
    }),
  );
}
