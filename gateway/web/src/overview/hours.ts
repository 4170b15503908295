import type { Stats } from "@/api/types";
import { WEEKDAYS } from "@/filters/filters";

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

/** The cell that a key leads to from another, as [day, hour]; null where the key does not move. */
export function stepped([day, hour]: readonly [number, number], key: string): [number, number] | null {
  const [days, hours] = [WEEKDAYS.length, HOURS.length];
  switch (key) {
    case "ArrowUp":
      return [(day + days - 1) % days, hour];
    case "ArrowDown":
      return [(day + 1) % days, hour];
    case "ArrowLeft":
      return [day, (hour + hours - 1) % hours];
    case "ArrowRight":
      return [day, (hour + 1) % hours];
    case "Home":
      return [day, 0];
    case "End":
      return [day, hours - 1];
    default:
      return null;
  }
}
