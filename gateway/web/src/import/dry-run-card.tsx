import { useQuery } from "@tanstack/react-query";
import { CircleCheck, TriangleAlert } from "lucide-react";

import { Loaded, Waiting } from "@/components/loaded";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { NOBODY, type RowProblem, namesUser, problemOfRow } from "@/import/dry-run";
import { eachRow } from "@/import/reading";
import { RowErrors } from "@/import/row-errors";
import { startRun } from "@/import/run";
import { ServerCheck } from "@/import/server-check";
import type { Plan } from "@/import/plans";
import { whole } from "@/lib/format";

interface Tried {
  rows: number;
  /** Rows that can be stored and do not say who wrote them. */
  withoutUser: number;
  problems: RowProblem[];
}

interface Props {
  file: File;
  plan: Plan;
  goesOn: boolean;
}

/** What would become of every row, found without storing any; and the button that stores them. */
export function DryRun({ file, plan, goesOn }: Props) {
  const tried = useQuery({
    queryKey: ["dry run", file.name, file.size, file.lastModified, plan],
    queryFn: () => tryRows(file, plan),
    staleTime: Infinity,
    // Nothing is asked of the server.
    networkMode: "always",
    gcTime: 0,
  });
  return (
    <Card data-testid="dry-run" className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <CardTitle className="mb-0">Dry run</CardTitle>
      <Loaded query={tried} waiting={<Waiting className="h-20" />}>
        {({ rows, withoutUser, problems }) => (
          <>
            <p className="flex items-center gap-2 text-sm" role="status">
              {problems.length === 0 ? (
                <CircleCheck className="size-4 shrink-0 text-primary" aria-hidden />
              ) : (
                <TriangleAlert className="size-4 shrink-0 text-warning-foreground" aria-hidden />
              )}
              <span>
                {whole(rows - problems.length)} of {whole(rows)} rows can be stored.
                {problems.length > 0 ? ` ${whole(problems.length)} would be left out, each for its own reason.` : ""}
              </span>
            </p>
            {withoutUser > 1 ? <WithoutUser rows={withoutUser} named={plan.mapping.user_column !== ""} /> : null}
            <RowErrors errors={problems} name={file.name} />
            <ServerCheck file={file} plan={plan} />
            <Button
              className="w-fit"
              disabled={rows === problems.length}
              onClick={() => {
                void startRun(file, plan, rows);
              }}
            >
              {goesOn ? "Go on" : `Import ${whole(rows - problems.length)} rows`}
            </Button>
          </>
        )}
      </Loaded>
    </Card>
  );
}

function WithoutUser({ rows, named }: { rows: number; named: boolean }) {
  return (
    <Alert variant="warning">
      {whole(rows)} rows do not say who wrote them: figures of customers take them for one customer, “{NOBODY}”.
      {named ? "" : " If the file names its customers, choose that column above."}
    </Alert>
  );
}

async function tryRows(file: File, plan: Plan): Promise<Tried> {
  const tried: Tried = { rows: 0, withoutUser: 0, problems: [] };
  await eachRow(file, (row) => {
    tried.rows += 1;
    const message = problemOfRow(row, plan.mapping, plan.timeFormat);
    if (message) tried.problems.push({ row: row.number, message });
    else if (!namesUser(row, plan.mapping)) tried.withoutUser += 1;
  });
  return tried;
}
