import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import { RowErrors } from "@/import/row-errors";
import type { Plan } from "@/import/plans";
import { type UploadEvent, upload } from "@/import/upload";
import { whole } from "@/lib/format";

type Checked = Extract<UploadEvent, { type: "completed" }>;

/** Has the server judge every row by all its rules and against what is stored, without storing any. */
export function ServerCheck({ file, plan }: { file: File; plan: Plan }) {
  const leaving = useRef(new AbortController());
  useEffect(() => {
    const controller = new AbortController();
    leaving.current = controller;
    return () => {
      controller.abort();
    };
  }, []);
  const check = useMutation({ mutationFn: () => checked(file, plan, leaving.current.signal) });
  return (
    <div className="grid gap-3" data-testid="server-check">
      <Button
        variant="outline"
        className="w-fit"
        disabled={check.isPending}
        onClick={() => {
          check.mutate();
        }}
      >
        {check.isPending ? "Checking …" : "Check first against what is stored"}
      </Button>
      {check.error ? <ProblemNote error={check.error} /> : null}
      {check.data ? (
        <>
          <p className="text-sm" role="status">
            {whole(check.data.created)} would be stored, {whole(check.data.existing)} are stored already,{" "}
            {whole(check.data.failed)} would be left out.
          </p>
          <RowErrors errors={check.data.errors} name={file.name} />
        </>
      ) : null}
    </div>
  );
}

async function checked(file: File, plan: Plan, signal: AbortSignal): Promise<Checked> {
  const ends: UploadEvent[] = [];
  await upload(file, plan, signal, (event) => ends.push(event), { dryRun: true });
  const end = ends.at(-1);
  if (end?.type === "completed") return end;
  throw new Error(end?.type === "failed" ? `${end.message} ${end.hint}`.trim() : "The check broke off.");
}
