import { CircleAlert, ReceiptText, ShieldCheck } from "lucide-react";
import { Suspense, lazy } from "react";

import type { Interpretation, Receipt, Stats, Verification } from "@/api/types";
import { AnswerText } from "@/chat/markdown";
import type { Exchange } from "@/chat/reply";
import { SentenceAnnouncer } from "@/chat/sentence-announcer";
import { ResultTable } from "@/chat/result-table";
import { Badge } from "@/components/ui/badge";
import { labelName } from "@/lib/format";

const ResultChart = lazy(() => import("@/chat/result-chart"));

/** One question with its answer, its reading and its evidence. */
export function AnswerCard({ exchange, onChoose }: { exchange: Exchange; onChoose: (text: string) => void }) {
  const stats = exchange.stats[0];
  return (
    <li className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <p className="ml-auto max-w-[85%] rounded-2xl rounded-br-sm bg-accent px-4 py-2 text-on-accent">
        {exchange.question}
      </p>
      <article className="rounded-2xl rounded-tl-sm border bg-surface p-4" aria-busy={exchange.status === "running"}>
        {exchange.interpretation ? <Reading interpretation={exchange.interpretation} /> : null}
        <div className="leading-relaxed" data-testid="answer">
          <AnswerText text={exchange.answer} />
          {exchange.status === "running" ? (
            <span className="inline-block h-4 w-2 animate-pulse bg-accent align-text-bottom" aria-hidden />
          ) : null}
        </div>
        <SentenceAnnouncer text={exchange.answer} done={exchange.status !== "running"} />
        {exchange.interpretation ? <Choices interpretation={exchange.interpretation} onChoose={onChoose} /> : null}
        {stats && stats.rows.length > 1 ? <Evidence stats={stats} /> : null}
        <Examples exchange={exchange} />
        <Ending exchange={exchange} />
      </article>
    </li>
  );
}

function Reading({ interpretation }: { interpretation: Interpretation }) {
  if (interpretation.behaviour !== "answer") return null;
  const topics = [...interpretation.filters.categories.any_of, ...interpretation.filters.intents.any_of];
  return (
    <div className="mb-3 flex flex-wrap items-center gap-1.5" aria-label="How the question was read">
      {topics.map((topic) => (
        <Badge key={topic} className="border-accent bg-accent-soft text-ink">
          {labelName(topic)}
        </Badge>
      ))}
      <span className="text-xs text-muted">{interpretation.explanation}</span>
    </div>
  );
}

function Choices({ interpretation, onChoose }: { interpretation: Interpretation; onChoose: (text: string) => void }) {
  if (interpretation.behaviour !== "clarify") return null;
  return (
    <ul className="mt-3 flex flex-wrap gap-2">
      {interpretation.choices.map((choice) => (
        <li key={choice}>
          <button
            type="button"
            className="rounded-full border border-accent px-3 py-1.5 text-sm hover:bg-accent-soft"
            onClick={() => {
              onChoose(choice);
            }}
          >
            {choice}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Evidence({ stats }: { stats: Stats }) {
  return (
    <div className="mt-4 grid grid-cols-[minmax(0,1fr)] gap-3">
      <Suspense fallback={<div className="h-56 animate-pulse rounded-md bg-accent-soft" />}>
        <ResultChart stats={stats} />
      </Suspense>
      <details>
        <summary className="cursor-pointer text-sm text-muted">Table</summary>
        <ResultTable stats={stats} />
      </details>
    </div>
  );
}

function Examples({ exchange }: { exchange: Exchange }) {
  if (exchange.examples.length === 0) return null;
  return (
    <ul className="mt-3 grid gap-2">
      {exchange.examples.map((message) => (
        <li key={message.id} className="rounded-md border-l-4 border-accent bg-canvas px-3 py-2 text-sm">
          <p className="whitespace-pre-wrap">{message.text}</p>
          <p className="mt-1 text-xs text-muted">
            {message.source} · {new Date(message.timestamp).toLocaleString()} ·{" "}
            {message.intents.map((score) => labelName(score.label)).join(", ")}
          </p>
        </li>
      ))}
    </ul>
  );
}

function Ending({ exchange }: { exchange: Exchange }) {
  return (
    <footer className="mt-3 flex flex-wrap items-center gap-2 text-xs text-muted">
      {exchange.status === "cancelled" ? <Badge>stopped</Badge> : null}
      {exchange.failure ? (
        <span role="alert" className="flex items-center gap-1 text-danger">
          <CircleAlert className="size-4" aria-hidden /> {exchange.failure}
        </span>
      ) : null}
      {exchange.notices.map((notice) => (
        <Badge key={notice}>{notice}</Badge>
      ))}
      {exchange.verification && exchange.stats.length > 0 ? <Checked verification={exchange.verification} /> : null}
      {exchange.receipt ? <ReceiptLine receipt={exchange.receipt} /> : null}
    </footer>
  );
}

function Checked({ verification }: { verification: Verification }) {
  return (
    <span className="flex items-center gap-1">
      <ShieldCheck className="size-4 text-accent" aria-hidden />
      {verification.bound} numbers checked
      {verification.masked > 0 ? `, ${verification.masked} masked` : ""}
    </span>
  );
}

function ReceiptLine({ receipt }: { receipt: Receipt }) {
  return (
    <details className="min-w-0" data-testid="receipt">
      <summary className="flex cursor-pointer items-center gap-1">
        <ReceiptText className="size-4" aria-hidden /> receipt {receipt.hash.slice(0, 8)}
      </summary>
      <div
        role="region"
        aria-label="Receipt"
        tabIndex={0}
        className="mt-2 max-h-64 overflow-auto rounded-md border bg-canvas p-2"
      >
        <pre>{JSON.stringify(receipt, null, 2)}</pre>
      </div>
    </details>
  );
}
