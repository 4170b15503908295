import { useMutation } from "@tanstack/react-query";
import { BadgeCheck, ChevronDown, X } from "lucide-react";

import { useReadsMessages } from "@/account/use-me";
import { api, dataOf } from "@/api/client";
import { ProblemNote } from "@/components/problem-note";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";

interface Props {
  replyId: string;
  /** The question that was answered, and the one that it was asked in place of. */
  questions: string[];
  /** Who verified the reading; null: nobody. */
  by: string | null;
}

/** The question that is verified afterwards. */
async function verify(replyId: string, question: string): Promise<string> {
  const params = { path: { reply_id: replyId } };
  return dataOf(await api.PUT("/api/v1/replies/{reply_id}/verified", { params, body: { question } })).name;
}

/** As above: none. */
async function takeBack(question: string): Promise<null> {
  const query = { kind: "question", name: question } as const;
  const { queries } = dataOf(await api.GET("/api/v1/saved-queries", { params: { query } }));
  for (const { id } of queries)
    await api.DELETE("/api/v1/saved-queries/{query_id}", { params: { path: { query_id: id } } });
  return null;
}

/** Who said that a question is read rightly; for agents and admins, ways to say so of one in these words, or no more. */
export function VerifyButton({ replyId, questions, by }: Props) {
  const may = useReadsMessages();
  const change = useMutation({
    mutationFn: ({ question, right }: { question: string; right: boolean }) =>
      right ? verify(replyId, question) : takeBack(question),
  });
  const before = by === null ? null : (questions[0] ?? null);
  const verified = change.data === undefined ? before : change.data;
  if (!may) return by === null ? null : <Verified by={by} />;
  return (
    <>
      {verified === null ? (
        <Choice
          questions={questions}
          disabled={change.isPending}
          onChoose={(question) => {
            change.mutate({ question, right: true });
          }}
        />
      ) : (
        <Verified
          by={change.data === undefined && by !== null ? by : "you"}
          onTakeBack={() => {
            change.mutate({ question: verified, right: false });
          }}
        />
      )}
      {change.error ? (
        <div className="w-full text-foreground">
          <ProblemNote error={change.error} />
        </div>
      ) : null}
    </>
  );
}

function Verified({ by, onTakeBack }: { by: string; onTakeBack?: () => void }) {
  return (
    <Badge>
      <BadgeCheck aria-hidden className="size-3.5" /> verified by {by}
      {onTakeBack ? (
        <button
          type="button"
          className="-my-1 -mr-2 grid size-6 place-items-center"
          aria-label="No longer verified"
          title="No longer verified"
          onClick={onTakeBack}
        >
          <X aria-hidden className="size-3.5" />
        </button>
      ) : null}
    </Badge>
  );
}

interface ChoiceProps {
  questions: string[];
  disabled: boolean;
  onChoose: (question: string) => void;
}

function Choice({ questions, disabled, onChoose }: ChoiceProps) {
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button size="sm" variant="ghost" className="h-7 px-2 text-xs" disabled={disabled}>
          <BadgeCheck aria-hidden /> Save as verified <ChevronDown aria-hidden />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="start" className="max-w-sm">
        <p className="px-2 py-1.5 text-xs text-muted-foreground">From now on everybody here is answered so who asks</p>
        {questions.map((question) => (
          <DropdownMenuItem
            key={question}
            onSelect={() => {
              onChoose(question);
            }}
          >
            “{question}”
          </DropdownMenuItem>
        ))}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
