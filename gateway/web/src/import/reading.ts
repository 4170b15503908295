import Papa from "papaparse";

import type { Row } from "@/import/dry-run";

export type FileFormat = "csv" | "jsonl";

export function formatOf(file: File): FileFormat {
  return /\.(jsonl|ndjson|json)$/i.test(file.name) ? "jsonl" : "csv";
}

export interface Sample {
  columns: string[];
  rows: Row[];
  delimiter: string;
}

const SAMPLE_BYTES = 256 * 1024;
const SAMPLE_ROWS = 50;

/** The columns and the first rows of a file, without reading it all. */
export async function sampleOf(file: File): Promise<Sample> {
  const start = file.slice(0, SAMPLE_BYTES);
  const rows: Row[] = [];
  let delimiter = ",";
  await eachRow(new File([start], file.name), (row, found) => {
    if (rows.length < SAMPLE_ROWS) rows.push(row);
    delimiter = found;
  });
  const columns = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))];
  return { columns, rows, delimiter };
}

/** Calls back with every row of a file, in order, while it is read piece by piece. */
export function eachRow(file: File, take: (row: Row, delimiter: string) => void): Promise<void> {
  return formatOf(file) === "jsonl" ? eachJsonLine(file, take) : eachCsvRow(file, take);
}

function eachCsvRow(file: File, take: (row: Row, delimiter: string) => void): Promise<void> {
  let number = 0;
  return new Promise((resolve, reject) => {
    Papa.parse<Record<string, string>>(file, {
      header: true,
      skipEmptyLines: "greedy",
      // One at a time would be a call per row of a million; pieces keep the page alive between them.
      chunk: ({ data, meta }) => {
        for (const values of data) take({ number: (number += 1), values, problem: "" }, meta.delimiter);
      },
      complete: () => {
        resolve();
      },
      error: reject,
    });
  });
}

async function eachJsonLine(file: File, take: (row: Row, delimiter: string) => void): Promise<void> {
  let [number, rest] = [0, ""];
  const line = (text: string) => {
    if (text.trim()) take(jsonRow((number += 1), text), ",");
  };
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(line);
  }
  line(rest);
}

function jsonRow(number: number, text: string): Row {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return { number, values: {}, problem: "must be a JSON object" };
    const values = Object.entries(value).map(([name, item]) => [
      name,
      typeof item === "string" ? item : JSON.stringify(item),
    ]);
    return { number, values: Object.fromEntries(values) as Record<string, string>, problem: "" };
  } catch {
    return { number, values: {}, problem: "is not JSON" };
  }
}
