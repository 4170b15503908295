import { type Mapping, TIME_FORMATS } from "@/import/columns";

/** One row of a file as it was read: its values by column, or why it could not be read. */
export interface Row {
  number: number;
  values: Record<string, string>;
  problem: string;
}

export interface RowProblem {
  row: number;
  message: string;
}

/** Who the server takes for the writer of rows that name none. */
export const NOBODY = "unknown";

const MAX_TEXT = 20_000;
const AUTHORS = new Set(["", "customer", "user", "client", "agent", "operator", "support"]);

/** What would keep a row from being stored, as far as it can be told without the server; empty where nothing would. */
export function problemOfRow(row: Row, mapping: Mapping, timeFormat: string): string {
  if (row.problem) return row.problem;
  const value = (column: string) => (column ? (row.values[column] ?? "").trim() : "");
  const text = value(mapping.text_column);
  if (!text) return "the text is empty";
  if (text.length > MAX_TEXT) return `the text is longer than ${MAX_TEXT} characters`;
  if (!AUTHORS.has(value(mapping.author_column).toLowerCase())) return "the author is neither customer nor agent";
  if (!mapping.timestamp_column) return "";
  const time = value(mapping.timestamp_column);
  if (!time) return "the time is empty";
  return TIME_FORMATS[timeFormat]?.form.test(time) === false
    ? `“${time.slice(0, 40)}” is not written as times are`
    : "";
}

/** Whether a row says who wrote it. */
export function namesUser(row: Row, mapping: Mapping): boolean {
  return mapping.user_column !== "" && (row.values[mapping.user_column] ?? "") !== "";
}
