import { ChevronLeft, ChevronRight, CircleAlert, Pencil, RotateCcw, ShieldCheck } from "lucide-react";
import { type ReactNode, Suspense, lazy, useState } from "react";

import type { Interpretation, RatingBody, Stats, Verification } from "@/api/types";
import { AnswerText } from "@/chat/markdown";
import { QuestionForm } from "@/chat/question-form";
import { ReadingChips } from "@/chat/reading-chips";
import { ReceiptLine } from "@/chat/receipt-line";
import type { Exchange } from "@/chat/reply";
import { ResultTable } from "@/chat/result-table";
import { SentenceAnnouncer } from "@/chat/sentence-announcer";
import { Thumbs } from "@/chat/thumbs";
import type { Asking } from "@/chat/use-conversation";
import { VerifyButton } from "@/chat/verify-button";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { whole } from "@/lib/format";
import { MessageItem } from "@/messages/message-item";

const ResultChart = lazy(() => import("@/chat/result-chart"));

interface Props {
  exchange: Exchange;
  /** Asks; null while another answer runs. */
  onAsk: ((asking: Asking) => void) | null;
  onRate: (replyId: string, rating: RatingBody) => Promise<void>;
}

/** One question with its answer, its reading and its evidence; earlier answers to it can be looked at. */
export function AnswerCard({ exchange, onAsk, onRate }: Props) {
  const [back, setBack] = useState(0);
  const all = [...exchange.versions, exchange];
  const shown = all[all.length - 1 - Math.min(back, all.length - 1)] ?? exchange;
  const rated = shown.status === "running" ? null : shown.replyId;
  const ask =
    onAsk &&
    ((text: string) => {
      onAsk({ text, replaces: exchange });
    });
  return (
    <li className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <Question text={shown.question} onAsk={exchange.replyId ? ask : null} />
      <article
        className="rounded-2xl rounded-tl-sm border bg-card p-4"
        aria-busy={shown.status === "running"}
        aria-label={`Answer to: ${shown.question}`}
      >
        {shown.interpretation ? <ReadingChips reading={shown.interpretation} onAsk={ask} /> : null}
        <div className="leading-relaxed" data-testid="answer">
          <AnswerText text={shown.answer} />
          {shown.status === "running" ? (
            <span className="inline-block h-4 w-2 animate-pulse bg-primary align-text-bottom" aria-hidden />
          ) : null}
        </div>
        <SentenceAnnouncer text={shown.answer} done={shown.status !== "running"} />
        {shown.interpretation ? <Choices interpretation={shown.interpretation} onAsk={onAsk} /> : null}
        {shown.stats[0] && shown.stats[0].rows.length > 1 ? <Evidence stats={shown.stats[0]} /> : null}
        <Examples exchange={shown} />
        <Ending exchange={shown}>
          {rated ? <Thumbs key={rated} given={shown.rating} onRate={(rating) => onRate(rated, rating)} /> : null}
          {rated && shown.status === "completed" && shown.interpretation?.behaviour === "answer" ? (
            <VerifyButton
              key={`verify ${rated}`}
              replyId={rated}
              questions={[...new Set([shown.question, all[0]?.question ?? shown.question])]}
              by={shown.interpretation.verified_by ?? null}
            />
          ) : null}
          {all.length > 1 ? <Versions count={all.length} back={back} onBack={setBack} /> : null}
          {onAsk && exchange.replyId && shown.status !== "running" ? (
            <Button
              size="sm"
              variant="ghost"
              className="ml-auto h-7 px-2 text-xs"
              onClick={() => {
                setBack(0);
                onAsk({ replaces: exchange });
              }}
            >
              <RotateCcw aria-hidden /> Regenerate
            </Button>
          ) : null}
        </Ending>
      </article>
    </li>
  );
}

function Question({ text, onAsk }: { text: string; onAsk: ((text: string) => void) | null }) {
  const [editing, setEditing] = useState(false);
  if (editing && onAsk)
    return (
      <QuestionForm
        text={text}
        onAsk={(next) => {
          setEditing(false);
          onAsk(next);
        }}
        onCancel={() => {
          setEditing(false);
        }}
      />
    );
  return (
    <div className="group ml-auto flex max-w-[90%] items-center gap-1">
      {onAsk ? (
        <Button
          size="icon-sm"
          variant="ghost"
          aria-label="Edit the question"
          className="text-muted-foreground sm:opacity-0 sm:group-hover:opacity-100 sm:focus-visible:opacity-100"
          onClick={() => {
            setEditing(true);
          }}
        >
          <Pencil aria-hidden />
        </Button>
      ) : null}
      <p className="min-w-0 rounded-2xl rounded-br-sm bg-primary px-4 py-2 wrap-anywhere text-primary-foreground">
        {text}
      </p>
    </div>
  );
}

function Versions({ count, back, onBack }: { count: number; back: number; onBack: (back: number) => void }) {
  const step = (label: string, to: number, Icon: typeof ChevronLeft) => (
    <Button
      size="icon-sm"
      variant="ghost"
      className="size-7"
      aria-label={label}
      disabled={to < 0 || to >= count}
      onClick={() => {
        onBack(to);
      }}
    >
      <Icon aria-hidden />
    </Button>
  );
  return (
    <span className="flex items-center tabular-nums" role="group" aria-label="Answers to this question">
      {step("Earlier answer", back + 1, ChevronLeft)}
      {count - back} of {count}
      {step("Later answer", back - 1, ChevronRight)}
    </span>
  );
}

function Choices({ interpretation, onAsk }: { interpretation: Interpretation; onAsk: Props["onAsk"] }) {
  if (interpretation.behaviour !== "clarify") return null;
  return (
    <ul className="mt-3 flex flex-wrap gap-2">
      {interpretation.choices.map((choice) => (
        <li key={choice}>
          <Button
            variant="outline"
            size="sm"
            className="h-auto min-h-8 rounded-full border-primary whitespace-normal"
            disabled={!onAsk}
            onClick={() => onAsk?.({ text: choice })}
          >
            {choice}
          </Button>
        </li>
      ))}
    </ul>
  );
}

function Evidence({ stats }: { stats: Stats }) {
  return (
    <div className="mt-4 grid grid-cols-[minmax(0,1fr)] gap-3">
      <Suspense fallback={<Skeleton className="h-56" />}>
        <ResultChart stats={stats} />
      </Suspense>
      <details>
        <summary className="w-fit text-sm text-muted-foreground">Table</summary>
        <ResultTable stats={stats} />
      </details>
    </div>
  );
}

function Examples({ exchange }: { exchange: Exchange }) {
  if (exchange.examples.length === 0) return null;
  return (
    <details className="mt-3">
      <summary className="w-fit text-sm text-muted-foreground">
        {whole(exchange.examples.length)} messages with their labels
      </summary>
      <ul className="mt-2 divide-y border-l-2 pl-4">
        {exchange.examples.map((message) => (
          <li key={message.id} className="py-2.5">
            <MessageItem message={message} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Ending({ exchange, children }: { exchange: Exchange; children: ReactNode }) {
  return (
    <footer className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-2 text-xs text-muted-foreground">
      {exchange.status === "cancelled" ? <Badge>stopped</Badge> : null}
      {exchange.failure ? (
        <span role="alert" className="flex items-center gap-1 text-destructive">
          <CircleAlert className="size-4" aria-hidden /> {exchange.failure}
        </span>
      ) : null}
      {exchange.notices.map((notice) => (
        <Badge key={notice}>{notice}</Badge>
      ))}
      {exchange.verification && exchange.stats.length > 0 ? <Checked verification={exchange.verification} /> : null}
      {children}
      {exchange.receipt ? <ReceiptLine receipt={exchange.receipt} /> : null}
    </footer>
  );
}

function Checked({ verification }: { verification: Verification }) {
  return (
    <span className="flex items-center gap-1">
      <ShieldCheck className="size-4 text-primary" aria-hidden />
      {verification.bound} numbers checked
      {verification.masked > 0 ? `, ${verification.masked} masked` : ""}
    </span>
  );
}
