import { useMutation } from "@tanstack/react-query";
import { BadgeCheck, ChevronDown } from "lucide-react";

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

/** Who said that a question is read rightly; or, for agents and admins, a way to say so of one in these words. */
export function VerifyButton({ replyId, questions, by }: Props) {
  const may = useReadsMessages();
  const verify = useMutation({
    mutationFn: async (question: string) => {
      const params = { path: { reply_id: replyId } };
      return dataOf(await api.PUT("/api/v1/replies/{reply_id}/verified", { params, body: { question } }));
    },
  });
  const verified = verify.data ? "you" : by;
  if (verified)
    return (
      <Badge>
        <BadgeCheck aria-hidden className="size-3.5" /> verified by {verified}
      </Badge>
    );
  if (!may) return null;
  return (
    <>
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button size="sm" variant="ghost" className="h-7 px-2 text-xs" disabled={verify.isPending}>
            <BadgeCheck aria-hidden /> Save as verified <ChevronDown aria-hidden />
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent align="start" className="max-w-sm">
          <p className="px-2 py-1.5 text-xs text-muted-foreground">From now on everybody here is answered so who asks</p>
          {questions.map((question) => (
            <DropdownMenuItem
              key={question}
              onSelect={() => {
                verify.mutate(question);
              }}
            >
              “{question}”
            </DropdownMenuItem>
          ))}
        </DropdownMenuContent>
      </DropdownMenu>
      {verify.error ? (
        <div className="w-full text-foreground">
          <ProblemNote error={verify.error} />
        </div>
      ) : null}
    </>
  );
}
