import type { Mapping } from "@/import/columns";

/** How a file is imported; all of it must be the same again for the import to go on where it was. */
export interface Plan {
  importId: string;
  /** When it was begun: the time of rows that name none. */
  startedAt: string;
  mapping: Mapping;
  timeFormat: string;
  delimiter: string;
  timeZone: string;
  source: string;
  /** The file is an export of Earshot: the server maps its columns, and knows messages again that are still there. */
  fromExport?: boolean;
  /** It came to its end: the file again, under the same plan, stores no row twice. */
  ended?: boolean;
}

const PREFIX = "earshot.import.";

const key = (file: File) => `${PREFIX}${file.name} ${file.size} ${file.lastModified}`;

/** How this very file was imported before, from this browser; null where it was not. */
export function knownPlan(file: File): Plan | null {
  const kept = localStorage.getItem(key(file));
  return kept === null ? null : (JSON.parse(kept) as Plan);
}

export function rememberPlan(file: File, plan: Plan): void {
  localStorage.setItem(key(file), JSON.stringify(plan));
}

/** Forgets every import of this browser: they were somebody's who has left. */
export function forgetPlans(): void {
  for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
}
