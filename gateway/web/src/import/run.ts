import { loginId, onLoginChange } from "@/auth/kept-login";
import { rememberPlan, type Plan } from "@/import/plans";
import { type RowError, type UploadEvent, upload } from "@/import/upload";

/** An import as the page shows it, from the first byte to its end. */
export interface Run {
  file: File;
  plan: Plan;
  /** Rows of the file, as counted before it was sent. */
  total: number;
  phase: "sending" | "storing" | "completed" | "broken";
  /** 0 to 1 of the file's bytes. */
  sent: number;
  rows: number;
  created: number;
  existing: number;
  failed: number;
  errors: RowError[];
  problem: string;
}

export function begun(file: File, plan: Plan, total: number): Run {
  const none = { rows: 0, created: 0, existing: 0, failed: 0, errors: [], problem: "" };
  return { file, plan, total, phase: "sending", sent: 0, ...none };
}

/** The run after one more event. */
export function advanced(run: Run, event: UploadEvent): Run {
  switch (event.type) {
    case "sent":
      return {
        ...run,
        sent: event.size > 0 ? event.bytes / event.size : 0,
        phase: event.bytes < event.size ? "sending" : "storing",
      };
    case "progress": {
      const { rows, created, existing, failed } = event;
      return { ...run, phase: "storing", rows, created, existing, failed, errors: [...run.errors, ...event.errors] };
    }
    case "completed": {
      const { rows, created, existing, failed, errors } = event;
      return { ...run, phase: "completed", rows, created, existing, failed, errors };
    }
    case "failed":
      return { ...run, phase: "broken", problem: `${event.message} ${event.hint}`.trim() };
  }
}

/** How much of the whole is done, in percent: a third for the way to the server, the rest for the rows. */
export function donePercent({ phase, sent, rows, total }: Run): number {
  if (phase === "completed") return 100;
  const stored = total > 0 ? Math.min(1, rows / total) : 0;
  return Math.min(99, Math.floor((sent / 3 + (stored * 2) / 3) * 100));
}

let current: Run | null = null;
let stopping: AbortController | null = null;
const listeners = new Set<() => void>();

/** The import of this tab; it goes on whatever view is looked at. */
export function currentRun(): Run | null {
  return current;
}

export function onRunChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Starts an import, or goes on with one: under the same plan nothing is stored twice. */
export async function startRun(file: File, plan: Plan, total: number): Promise<void> {
  stopping = new AbortController();
  rememberPlan(file, plan);
  show(begun(file, plan, total));
  window.addEventListener("beforeunload", warn);
  const [begunBy, deaf] = [
    loginId(),
    onLoginChange(() => {
      if (loginId() !== begunBy) clearRun();
    }),
  ];
  try {
    await upload(file, plan, stopping.signal, (event) => {
      if (current) show(advanced(current, event));
    });
    if (current?.phase === "completed") rememberPlan(file, { ...plan, ended: true });
  } catch (error) {
    if (current)
      show({ ...current, phase: "broken", problem: error instanceof Error ? error.message : "The import broke off." });
  } finally {
    deaf();
    window.removeEventListener("beforeunload", warn);
  }
}

export function stopRun(): void {
  stopping?.abort();
}

/** Makes room for the next file. */
export function clearRun(): void {
  stopping?.abort();
  show(null);
}

function show(run: Run | null): void {
  current = run;
  for (const listener of listeners) listener();
}

const warn = (event: BeforeUnloadEvent) => {
  event.preventDefault();
};
