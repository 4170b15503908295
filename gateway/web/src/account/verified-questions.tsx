import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";

import { readsAs } from "@/account/reads-as";
import { useReadsMessages } from "@/account/use-me";
import { api, dataOf } from "@/api/client";
import type { SavedQuery } from "@/api/types";
import { Loaded } from "@/components/loaded";
import { ProblemNote } from "@/components/problem-note";
import { RecordItem, RecordList } from "@/components/record-list";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { Empty } from "@/components/ui/empty";
import { moment } from "@/lib/format";

const VERIFIED = ["verified questions"];

/** The workspace's questions whose reading somebody verified, the newest first; agents and admins take them back. */
export function VerifiedQuestions() {
  const query = useInfiniteQuery({
    queryKey: VERIFIED,
    queryFn: async ({ pageParam }) => {
      const query = { kind: "question", page_size: 20, page_token: pageParam } as const;
      return dataOf(await api.GET("/api/v1/saved-queries", { params: { query } }));
    },
    initialPageParam: "",
    getNextPageParam: ({ next_page_token }) => next_page_token,
  });
  return (
    <Card>
      <CardTitle>Verified questions</CardTitle>
      <Loaded query={query}>
        {({ pages }) => <Questions questions={pages.flatMap((page) => page.queries)} />}
      </Loaded>
      {query.hasNextPage ? (
        <Button variant="outline" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Show more
        </Button>
      ) : null}
    </Card>
  );
}

function Questions({ questions }: { questions: SavedQuery[] }) {
  const queries = useQueryClient();
  const may = useReadsMessages();
  const remove = useMutation({
    mutationFn: (id: string) => api.DELETE("/api/v1/saved-queries/{query_id}", { params: { path: { query_id: id } } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: VERIFIED }),
  });
  if (questions.length === 0)
    return <Empty>None yet. Save one as verified below an answer that read it rightly.</Empty>;
  return (
    <>
      <RecordList data-testid="verified-questions">
        {questions.map((question) => (
          <RecordItem key={question.id} title={`“${question.name}”`} details={<Details question={question} />}>
            {may ? (
              <Button
                size="sm"
                variant="outline"
                aria-label={`Remove “${question.name}”`}
                disabled={remove.isPending}
                onClick={() => {
                  remove.mutate(question.id);
                }}
              >
                Remove
              </Button>
            ) : null}
          </RecordItem>
        ))}
      </RecordList>
      {remove.error ? <ProblemNote error={remove.error} /> : null}
    </>
  );
}

function Details({ question }: { question: SavedQuery }) {
  return (
    <>
      <p className="wrap-anywhere">{readsAs(question)}</p>
      <p className="text-xs text-muted-foreground">
        by {question.author_name}, {moment(question.updated_at)}
      </p>
    </>
  );
}
