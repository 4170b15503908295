import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { SubmitEvent } from "react";

import { api, dataOf } from "@/api/client";
import type { Relabelling } from "@/api/types";
import { InputField } from "@/components/form-field";
import { Loaded } from "@/components/loaded";
import { ProblemNote } from "@/components/problem-note";
import { RecordItem, RecordList } from "@/components/record-list";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { Progress } from "@/components/ui/progress";
import { textOf } from "@/lib/form";
import { dayOf, moment, whole } from "@/lib/format";

const RELABELLINGS = ["relabellings"];
const SHOWN = 3;
const RUNNING_REFRESH_MS = 1_000;

/** What earlier models labelled, labelled anew by the one that serves: begun, watched, cancelled. */
export function EarlierModels() {
  const queries = useQueryClient();
  const renew = () => queries.invalidateQueries({ queryKey: RELABELLINGS });
  const latest = useQuery({
    queryKey: RELABELLINGS,
    queryFn: async () => {
      const answer = await api.GET("/api/v1/relabellings", { params: { query: { page_size: SHOWN } } });
      return dataOf(answer).relabellings;
    },
    refetchInterval: ({ state }) => (state.data?.some(isRunning) ? RUNNING_REFRESH_MS : false),
  });
  const begin = useMutation({
    mutationFn: (start: string | undefined) =>
      api.POST("/api/v1/relabellings", { body: { range: start ? { start } : {} } }),
    onSettled: renew,
  });
  const cancel = useMutation({
    mutationFn: (id: string) =>
      api.POST("/api/v1/relabellings/{relabelling_id}:cancel", { params: { path: { relabelling_id: id } } }),
    onSettled: renew,
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const day = textOf(event.currentTarget, "from");
    begin.mutate(day ? new Date(`${day}T00:00`).toISOString() : undefined);
  };
  return (
    <Card className="grid gap-4">
      <div>
        <CardTitle>Labels of earlier models</CardTitle>
        <p className="text-sm text-muted-foreground">
          A new model labels what comes after it. Here it labels what came before; what people judged stays.
        </p>
      </div>
      <form className="grid items-end gap-3 sm:grid-cols-2" onSubmit={submit}>
        <InputField label="Messages sent from" hint="Empty: from the first one on." name="from" type="date" />
        <Button type="submit" className="w-fit" disabled={begin.isPending || latest.data?.some(isRunning)}>
          Label anew
        </Button>
      </form>
      {begin.error ? <ProblemNote error={begin.error} /> : null}
      {cancel.error ? <ProblemNote error={cancel.error} /> : null}
      <Loaded query={latest}>
        {(found) => (
          <RecordList data-testid="relabellings">
            {found.map((one) => (
              <RecordItem key={one.id} title={titleOf(one)} details={<Details of={one} />}>
                {isRunning(one) ? (
                  <Button
                    size="sm"
                    variant="outline"
                    disabled={cancel.isPending}
                    onClick={() => {
                      cancel.mutate(one.id);
                    }}
                  >
                    Cancel
                  </Button>
                ) : null}
              </RecordItem>
            ))}
          </RecordList>
        )}
      </Loaded>
    </Card>
  );
}

function Details({ of: one }: { of: Relabelling }) {
  return (
    <div className="grid gap-1 text-muted-foreground">
      <p>
        {whole(one.considered_messages)} of {whole(one.messages)} messages, {whole(one.relabelled_messages)} labelled anew,{" "}
        {whole(one.changed_messages)} of them otherwise
      </p>
      {isRunning(one) ? (
        <Progress aria-label="Messages labelled anew" value={percentOf(one)} />
      ) : null}
    </div>
  );
}

function percentOf({ considered_messages: done, messages }: Relabelling): number {
  return Math.min((100 * done) / Math.max(messages, 1), 100);
}

function isRunning({ state }: Relabelling): boolean {
  return state === "running";
}

const STATES: Record<Relabelling["state"], string> = { running: "Running", done: "Done", cancelled: "Cancelled" };

function titleOf({ state, range, created_at: asked }: Relabelling): string {
  return `${STATES[state]}: ${range.start ? `from ${dayOf(range.start)}` : "all"}, asked for ${moment(asked)}`;
}
