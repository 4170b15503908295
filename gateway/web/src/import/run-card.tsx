import { CircleCheck, RotateCcw, Square } from "lucide-react";
import { Link } from "react-router";

import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Card, CardHeader } from "@/components/ui/card";
import { Progress } from "@/components/ui/progress";
import { RowErrors } from "@/import/row-errors";
import { type Run, clearRun, donePercent, startRun, stopRun } from "@/import/run";
import { whole } from "@/lib/format";

/** An import that runs, or has ended: how far it is, what became of its rows, and what can be done. */
export function RunCard({ run }: { run: Run }) {
  const { file, phase } = run;
  const running = phase === "sending" || phase === "storing";
  return (
    <Card data-testid="run" aria-busy={running} className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <CardHeader className="mb-0">
        <div className="grid min-w-0 gap-0.5">
          <h2 className="font-semibold wrap-anywhere">{file.name}</h2>
          <p className="text-sm text-muted-foreground" role="status">
            {saying(run)}
          </p>
        </div>
        <Actions run={run} running={running} />
      </CardHeader>
      <Progress value={donePercent(run)} aria-label={`Import of ${file.name}`} />
      <Tally run={run} />
      {phase === "broken" ? <Alert variant="destructive">{run.problem}</Alert> : null}
      {phase === "completed" ? (
        <p className="flex flex-wrap items-center gap-2 text-sm">
          <CircleCheck className="size-4 text-primary" aria-hidden />
          Every row is accounted for. Labels follow by themselves.
          <Button variant="link" asChild>
            <Link to="/app/messages">See the messages</Link>
          </Button>
        </p>
      ) : null}
      <RowErrors errors={run.errors} name={file.name} />
    </Card>
  );
}

function saying({ phase, rows, total, sent }: Run): string {
  if (phase === "sending") return `Sending the file, ${Math.floor(sent * 100)} %`;
  if (phase === "storing") return `Storing rows, ${whole(rows)} of ${whole(total)}`;
  return phase === "completed" ? "Completed" : "Not finished";
}

function Actions({ run, running }: { run: Run; running: boolean }) {
  if (running)
    return (
      <Button size="sm" variant="destructive" onClick={stopRun}>
        <Square aria-hidden /> Stop
      </Button>
    );
  return (
    <div className="flex flex-wrap gap-2">
      {run.phase === "broken" ? (
        <Button
          size="sm"
          onClick={() => {
            void startRun(run.file, run.plan, run.total);
          }}
        >
          <RotateCcw aria-hidden /> Go on
        </Button>
      ) : null}
      <Button size="sm" variant="outline" onClick={clearRun}>
        Another file
      </Button>
    </div>
  );
}

function Tally({ run }: { run: Run }) {
  const figures = [
    ["stored", run.created],
    ["there before", run.existing],
    ["left out", run.failed],
  ] as const;
  return (
    <dl className="grid grid-cols-3 gap-3">
      {figures.map(([name, value]) => (
        <div key={name} className="flex flex-col-reverse rounded-lg bg-muted px-3 py-2">
          <dt className="text-xs text-muted-foreground">{name}</dt>
          <dd className="text-xl font-semibold tabular-nums" data-testid={`run-${name}`}>
            {whole(value)}
          </dd>
        </div>
      ))}
    </dl>
  );
}
