import { useInfiniteQuery } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { api, dataOf } from "@/api/client";
import type { AuditEvent } from "@/api/types";
import { InputField } from "@/components/form-field";
import { Loaded } from "@/components/loaded";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { Empty } from "@/components/ui/empty";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { textOf } from "@/lib/form";
import { actionName, labelName, moment } from "@/lib/format";

/** Who changed what, and who read what customers wrote: the newest first, of everybody or of one. */
export function AuditLog() {
  const [actor, setActor] = useState("");
  const query = useEvents(actor);
  return (
    <Card className="grid gap-4">
      <CardTitle>Who did what</CardTitle>
      <ActorForm
        onChoose={(chosen) => {
          if (chosen === actor) void query.refetch();
          else setActor(chosen);
        }}
      />
      <Events query={query} />
    </Card>
  );
}

function ActorForm({ onChoose }: { onChoose: (actor: string) => void }) {
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    onChoose(textOf(event.currentTarget, "actor").trim());
  };
  return (
    <form role="search" className="flex items-end gap-2" onSubmit={submit}>
      <div className="grow sm:max-w-60">
        <InputField label="Done by" name="actor" autoComplete="off" maxLength={256} placeholder="anybody" />
      </div>
      <Button type="submit" variant="outline">
        Show
      </Button>
    </form>
  );
}

function useEvents(actor: string) {
  return useInfiniteQuery({
    queryKey: ["audit", actor],
    queryFn: async ({ pageParam }) =>
      dataOf(await api.GET("/api/v1/audit", { params: { query: { actor, page_size: 20, page_token: pageParam } } })),
    initialPageParam: "",
    getNextPageParam: ({ next_page_token }) => next_page_token,
  });
}

function Events({ query }: { query: ReturnType<typeof useEvents> }) {
  return (
    <Loaded query={query}>
      {({ pages }) => {
        const events = pages.flatMap((page) => page.events);
        if (events.length === 0) return <Empty>Nothing was written down of them.</Empty>;
        return (
          <>
            <Table label="Who did what" data-testid="audit-log">
              <thead>
                <tr>
                  {["When", "Who", "What", "To what", "Outcome"].map((name) => (
                    <TableHead key={name}>{name}</TableHead>
                  ))}
                </tr>
              </thead>
              <tbody>
                {events.map((event) => (
                  <Event key={event.id} event={event} />
                ))}
              </tbody>
            </Table>
            {query.hasNextPage ? (
              <Button variant="outline" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                {query.isFetchingNextPage ? "Loading …" : "Show more"}
              </Button>
            ) : null}
          </>
        );
      }}
    </Loaded>
  );
}

function Event({ event }: { event: AuditEvent }) {
  return (
    <TableRow>
      <TableCell className="whitespace-nowrap">{moment(event.timestamp)}</TableCell>
      <TableCell title={event.actor_id}>
        {event.actor_name ?? event.actor_id} {event.actor_kind === "rule" ? <Badge variant="outline">rule</Badge> : null}
      </TableCell>
      <TableCell title={event.action}>{actionName(event.action)}</TableCell>
      <TableCell title={event.resource_id ?? undefined}>{labelName(event.resource_kind)}</TableCell>
      <TableCell>
        <Outcome code={event.code} />
      </TableCell>
    </TableRow>
  );
}

/** Streams that somebody watched end by being left. */
function Outcome({ code }: { code: string }) {
  if (code === "OK" || code === "CANCELLED") return code === "OK" ? "done" : "left";
  return <Badge variant="destructive">{labelName(code.toLowerCase())}</Badge>;
}
