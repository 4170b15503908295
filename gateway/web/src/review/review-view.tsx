import { CircleCheck } from "lucide-react";

import type { Agreement } from "@/api/types";
import { Loaded } from "@/components/loaded";
import { PageHeader } from "@/components/page-header";
import { ProblemNote } from "@/components/problem-note";
import { Card, CardTitle } from "@/components/ui/card";
import { Empty } from "@/components/ui/empty";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { useLabels } from "@/filters/use-vocabulary";
import { labelName, whole } from "@/lib/format";
import { MessageItem } from "@/messages/message-item";
import { Judging } from "@/review/judging";
import { QUEUE_PAGE, useAgreement, useJudge, useQueue } from "@/review/use-review";

const REASONS: Record<string, string> = {
  abstained: "the model was too unsure to say",
  low_confidence: "the model was not sure",
  disagreement: "two people see it differently",
};

/** The queue of messages that are worth a person's look, one at a time. */
export function ReviewView() {
  const queue = useQueue();
  const agreement = useAgreement();
  return (
    <div className="mx-auto grid max-w-4xl grid-cols-[minmax(0,1fr)] gap-4">
      <PageHeader title="Review">
        Messages whose labels are most worth a person&apos;s look, one at a time. A text that came several times is asked
        about once; the labels of the other messages stay as they are.
      </PageHeader>
      <Loaded query={queue}>{(items) => <Next items={items} />}</Loaded>
      <Loaded query={agreement}>{(data) => <AgreementCard agreement={data} />}</Loaded>
    </div>
  );
}

function Next({ items }: { items: NonNullable<ReturnType<typeof useQueue>["data"]> }) {
  const judge = useJudge();
  const { intents, sentiments } = useLabels();
  const item = items[0];
  if (!item)
    return (
      <Empty>
        <CircleCheck aria-hidden /> Nothing waits for a look. New doubts show up here.
      </Empty>
    );
  return (
    <Card className="grid gap-4">
      {judge.error ? <ProblemNote error={judge.error} /> : null}
      <p className="text-sm text-muted-foreground">
        Here because {REASONS[item.reason] ?? labelName(item.reason)}; {waitingSaid(items.length)}.
      </p>
      <MessageItem message={item.message} />
      {intents.length > 0 ? (
        <Judging
          key={item.message.id}
          message={item.message}
          intents={intents}
          sentiments={sentiments}
          busy={judge.isPending}
          onJudge={(judgement) => {
            judge.mutate({ message: item.message, judgement });
          }}
        />
      ) : null}
    </Card>
  );
}

function waitingSaid(count: number): string {
  if (count === 1) return "the only one that waits";
  return count < QUEUE_PAGE ? `${whole(count)} wait` : `${whole(count)} or more wait`;
}

function AgreementCard({ agreement }: { agreement: Agreement }) {
  if (agreement.reviewed === 0) return null;
  const { reviewed, unchanged, doubly_reviewed: twice } = agreement;
  return (
    <Card>
      <CardTitle>Agreement</CardTitle>
      <p className="text-sm" data-testid="agreement">
        {whole(reviewed)} messages judged, {whole(unchanged)} of them as the model had said.
        {twice > 0 ? ` ${whole(twice)} were judged by two people.` : ""}
      </p>
      <details className="mt-3">
        <summary className="text-sm text-muted-foreground">By category</summary>
        <Table label="Agreement by category" className="mt-2">
          <thead>
            <tr>
              <TableHead>Category</TableHead>
              <TableHead className="text-right">both say so</TableHead>
              <TableHead className="text-right">only the model</TableHead>
              <TableHead className="text-right">only people</TableHead>
              <TableHead className="text-right">κ with the model</TableHead>
              <TableHead className="text-right">κ of people</TableHead>
            </tr>
          </thead>
          <tbody>
            {agreement.categories.map((row) => (
              <TableRow key={row.category}>
                <TableCell>{labelName(row.category)}</TableCell>
                <TableCell className="text-right">{whole(row.both)}</TableCell>
                <TableCell className="text-right">{whole(row.model_only)}</TableCell>
                <TableCell className="text-right">{whole(row.person_only)}</TableCell>
                <TableCell className="text-right">{row.model_kappa?.toFixed(2) ?? "–"}</TableCell>
                <TableCell className="text-right">{row.kappa?.toFixed(2) ?? "–"}</TableCell>
              </TableRow>
            ))}
          </tbody>
        </Table>
      </details>
    </Card>
  );
}
