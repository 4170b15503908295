import { useMutation } from "@tanstack/react-query";
import { CircleCheck, ReceiptText, TriangleAlert } from "lucide-react";

import { api, dataOf } from "@/api/client";
import type { Receipt, Replay } from "@/api/types";
import { outcomeOf } from "@/chat/replayed";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import { moment } from "@/lib/format";

/** What proves an answer: its queries word by word, as of when, and a way to have them run again. */
export function ReceiptLine({ receipt }: { receipt: Receipt }) {
  const replay = useMutation({
    mutationFn: async () => {
      const params = { path: { receipt_id: receipt.id } };
      return dataOf(await api.POST("/api/v1/receipts/{receipt_id}:replay", { params }));
    },
  });
  return (
    <details className="w-full min-w-0" data-testid="receipt">
      <summary className="flex w-fit items-center gap-1">
        <ReceiptText className="size-4" aria-hidden /> receipt {receipt.hash.slice(0, 8)}
      </summary>
      <div className="mt-2 grid grid-cols-[minmax(0,1fr)] gap-2 rounded-md border bg-background p-3">
        <div className="flex flex-wrap items-center justify-between gap-2">
          <p>
            The numbers are as of {moment(receipt.as_of)}, hash <code className="wrap-anywhere">{receipt.hash}</code>.
          </p>
          <Button
            size="sm"
            variant="outline"
            className="text-foreground"
            disabled={replay.isPending}
            onClick={() => {
              replay.mutate();
            }}
          >
            Run again
          </Button>
        </div>
        {replay.data ? <Outcome replay={replay.data} /> : null}
        {replay.error ? <ProblemNote error={replay.error} /> : null}
        <div role="region" aria-label="Receipt" tabIndex={0} className="max-h-64 overflow-auto">
          <pre>{JSON.stringify(receipt, null, 2)}</pre>
        </div>
      </div>
    </details>
  );
}

function Outcome({ replay }: { replay: Replay }) {
  return (
    <p role="status" className="flex items-center gap-1.5 text-foreground">
      {replay.identical ? (
        <CircleCheck className="size-4 text-primary" aria-hidden />
      ) : (
        <TriangleAlert className="size-4 text-destructive" aria-hidden />
      )}
      {outcomeOf(replay)}
    </p>
  );
}
