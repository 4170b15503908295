import { useMutation } from "@tanstack/react-query";
import { MessageSquareText, ThumbsDown, ThumbsUp } from "lucide-react";
import { type SubmitEvent, useState } from "react";

import type { Rating, RatingBody } from "@/api/types";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/textarea";
import { cn } from "@/lib/cn";

const THUMBS = [
  { rating: "up", label: "This answer is right", Icon: ThumbsUp },
  { rating: "down", label: "This answer is wrong", Icon: ThumbsDown },
] as const;

interface Props {
  /** What is said of the answer; null: nothing. */
  given: Rating | null;
  onRate: (rating: RatingBody) => Promise<void>;
}

/** Whether an answer is right, in the asker's opinion. A pressed thumb pressed again takes it back. */
export function Thumbs({ given, onRate }: Props) {
  const [explaining, setExplaining] = useState(false);
  const rate = useMutation({ mutationFn: onRate });
  return (
    <>
      <span role="group" aria-label="Is this answer right?" className="flex items-center">
        {THUMBS.map(({ rating, label, Icon }) => {
          const pressed = given?.rating === rating;
          return (
            <Button
              key={rating}
              size="icon-sm"
              variant="ghost"
              aria-label={label}
              aria-pressed={pressed}
              title={`${label}. Your administrators see what you rate.`}
              disabled={rate.isPending}
              onClick={() => {
                setExplaining(false);
                rate.mutate({ rating: pressed ? "cleared" : rating, comment: "" });
              }}
            >
              <Icon aria-hidden className={cn(pressed && "fill-primary/25 text-primary")} />
            </Button>
          );
        })}
        {given ? (
          <Button
            size="sm"
            variant="ghost"
            className="h-7 px-2 text-xs"
            aria-expanded={explaining}
            onClick={() => {
              setExplaining(!explaining);
            }}
          >
            <MessageSquareText aria-hidden /> {given.comment ? "Your comment" : "Say why"}
          </Button>
        ) : null}
      </span>
      {given && explaining ? (
        <Comment
          text={given.comment}
          busy={rate.isPending}
          onSave={(comment) => {
            rate.mutate(
              { rating: given.rating, comment },
              {
                onSuccess: () => {
                  setExplaining(false);
                },
              },
            );
          }}
        />
      ) : null}
      {rate.error ? (
        <div className="w-full text-foreground">
          <ProblemNote error={rate.error} />
        </div>
      ) : null}
    </>
  );
}

/** The line to ask in stands over the end of the conversation. */
function bringUp(form: HTMLFormElement | null) {
  form?.scrollIntoView({ block: "nearest" });
  form?.querySelector("textarea")?.focus();
}

function Comment({ text, busy, onSave }: { text: string; busy: boolean; onSave: (comment: string) => void }) {
  const [words, setWords] = useState(text);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onSave(words.trim());
  };
  return (
    <form ref={bringUp} onSubmit={submit} className="grid w-full scroll-mb-24 gap-2 text-foreground max-md:scroll-mb-40">
      <Textarea
        aria-label="Why, in your words"
        className="min-h-16"
        maxLength={1000}
        value={words}
        onChange={({ target }) => {
          setWords(target.value);
        }}
      />
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-xs text-muted-foreground">Your administrators see the question, the answer and this.</p>
        <Button size="sm" type="submit" disabled={busy}>
          Save
        </Button>
      </div>
    </form>
  );
}
