import { type Filters, readFilters, writeFilters } from "@/filters/filters";

/** Which messages are looked at: filters, words to search for, and whether answers of agents and bots are left out. */
export interface Asked {
  filters: Filters;
  text: string;
  customersOnly: boolean;
}

/** What a figure counts: statistics are of customers' messages. */
export function counted(filters: Filters): Asked {
  return { filters, text: "", customersOnly: true };
}

export function readAsked(parameters: URLSearchParams): Asked {
  return {
    filters: readFilters(parameters),
    text: parameters.get("text") ?? "",
    customersOnly: parameters.get("author") === "customer",
  };
}

export function writeAsked({ filters, text, customersOnly }: Asked): URLSearchParams {
  const written = writeFilters(filters);
  if (text) written.set("text", text);
  if (customersOnly) written.set("author", "customer");
  return written;
}
