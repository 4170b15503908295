import { createParser } from "eventsource-parser";

import { addressOf } from "@/api/address";
import { accessToken } from "@/auth/renewal";
import type { Plan } from "@/import/plans";

export interface RowError {
  row: number;
  message: string;
}

export type UploadEvent =
  | { type: "sent"; bytes: number; size: number }
  | { type: "progress"; rows: number; created: number; existing: number; failed: number; errors: RowError[] }
  | { type: "completed"; rows: number; created: number; existing: number; failed: number; errors: RowError[] }
  | { type: "failed"; message: string; hint: string };

/**
 * Sends a file and tells of its import, from the first byte to the last row. XMLHttpRequest, because fetch cannot tell
 * how much of a body has been sent. Resolves when the stream has ended, however it ended. A dry run stores nothing.
 */
export async function upload(
  file: File,
  plan: Plan,
  signal: AbortSignal,
  tell: (event: UploadEvent) => void,
  { dryRun = false } = {},
): Promise<void> {
  const token = await accessToken();
  await new Promise<void>((resolve, reject) => {
    const request = new XMLHttpRequest();
    let [read, ended] = [0, false];
    const parser = createParser({
      onEvent: ({ event, data }) => {
        ended ||= event === "completed" || event === "failed";
        tell({ type: event, ...(JSON.parse(data) as object) } as UploadEvent);
      },
    });
    request.upload.onprogress = ({ loaded, total }) => {
      tell({ type: "sent", bytes: loaded, size: total });
    };
    request.onprogress = () => {
      if (request.status !== 200) return;
      parser.feed(request.responseText.slice(read));
      read = request.responseText.length;
    };
    request.onload = () => {
      if (request.status === 200 && ended) resolve();
      else reject(new Error(refusalOf(request)));
    };
    request.onerror = () => {
      reject(new Error("The connection broke. What is stored stays; go on where it was."));
    };
    request.onabort = () => {
      reject(new Error("Stopped. What is stored stays; go on whenever you like."));
    };
    signal.addEventListener("abort", () => {
      request.abort();
    });
    request.open("POST", addressOf(dryRun ? "/api/v1/import?dry_run=true" : "/api/v1/import"));
    request.setRequestHeader("Accept", "text/event-stream");
    if (token) request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.send(formOf(file, plan));
  });
}

function formOf(file: File, plan: Plan): FormData {
  const form = new FormData();
  const fields = {
    import_id: plan.importId,
    timestamp: plan.startedAt,
    timestamp_format: plan.timeFormat,
    time_zone: plan.timeZone,
    delimiter: plan.delimiter,
    source: plan.source,
    from_export: plan.fromExport ? "true" : "",
    ...plan.mapping,
  };
  for (const [name, value] of Object.entries(fields)) if (value) form.set(name, value);
  form.set("file", file);
  return form;
}

function refusalOf(request: XMLHttpRequest): string {
  try {
    const problem = JSON.parse(request.responseText) as { detail?: string; hint?: string };
    return [problem.detail, problem.hint].filter(Boolean).join(" ") || `The server answered ${request.status}.`;
  } catch {
    return request.status === 200 ? "The import broke off before its end." : `The server answered ${request.status}.`;
  }
}
