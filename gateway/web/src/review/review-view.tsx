import { Loading } from "@/components/loading";
import { ProblemNote } from "@/components/problem-note";
import { Card, CardTitle } from "@/components/ui/card";
import { useVocabulary } from "@/filters/use-vocabulary";
import { labelName, whole } from "@/lib/format";
import { MessageItem } from "@/messages/message-item";
import { Judging } from "@/review/judging";
import { useAgreement, useJudge, useQueue } from "@/review/use-review";

const REASONS: Record<string, string> = {
  abstained: "the model was too unsure to say",
  low_confidence: "the model was not sure",
  disagreement: "two people see it differently",
};

/** The queue of messages that are worth a person's look, one at a time. */
export function ReviewView() {
  const queue = useQueue();
  const judge = useJudge();
  const { intent: intents, sentiment: sentiments } = useVocabulary();
  const item = queue.data?.[0];
  return (
    <div className="mx-auto grid max-w-4xl grid-cols-[minmax(0,1fr)] gap-4">
      <h1 className="text-2xl font-semibold">Review</h1>
      {queue.error ? <ProblemNote error={queue.error} /> : null}
      {judge.error ? <ProblemNote error={judge.error} /> : null}
      {queue.isPending ? <Loading /> : null}
      {queue.data && !item ? <p className="text-muted">Nothing waits for a look. New doubts show up here.</p> : null}
      {item && intents.length > 0 ? (
        <Card className="grid gap-4">
          <p className="text-sm text-muted">
            Here because {REASONS[item.reason] ?? labelName(item.reason)}; {whole(queue.data?.length ?? 0)} or more wait.
          </p>
          <MessageItem message={item.message} />
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
        </Card>
      ) : null}
      <Agreement />
    </div>
  );
}

function Agreement() {
  const { data } = useAgreement();
  if (!data || data.reviewed === 0) return null;
  return (
    <Card>
      <CardTitle>Agreement</CardTitle>
      <p className="text-sm" data-testid="agreement">
        {whole(data.reviewed)} messages judged, {whole(data.unchanged)} of them as the model had said.
        {data.doubly_reviewed > 0 ? ` ${whole(data.doubly_reviewed)} were judged by two people.` : ""}
      </p>
    </Card>
  );
}
