import { MessagesSquare, Send, Square } from "lucide-react";
import { type SubmitEvent, useCallback, useEffect, useRef, useState } from "react";
import { useNavigate, useParams } from "react-router";

import { AnswerCard } from "@/chat/answer";
import { Sessions } from "@/chat/sessions";
import { type Asking, useConversation } from "@/chat/use-conversation";
import { Waiting } from "@/components/loaded";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";

const SUGGESTIONS = [
  "How many deposit messages came in yesterday, by hour?",
  "Top 5 reasons last week",
  "Withdrawal problems this month compared with last month",
  "Show examples of angry messages from Telegram",
];

/** The chat: sessions at the side, the conversation, and the line to ask in. */
export default function ChatView() {
  const { sessionId } = useParams();
  const [visit, setVisit] = useState(0);
  const [begunHere, setBegunHere] = useState<string | null>(null);
  const navigate = useNavigate();
  const onSession = useCallback(
    (id: string) => {
      setBegunHere(id);
      void navigate(`/app/chat/${id}`, { replace: true });
    },
    [navigate],
  );
  const fresh = () => {
    setBegunHere(null);
    setVisit((number) => number + 1);
    void navigate("/app/chat");
  };
  // A session that began on this screen keeps it; another one chosen gets a screen of its own.
  const key = sessionId === undefined || sessionId === begunHere ? `visit-${visit}` : sessionId;
  return (
    <div className="mx-auto grid h-full max-w-6xl grid-cols-[minmax(0,1fr)] content-start gap-4 md:grid-cols-[15rem_minmax(0,1fr)] md:gap-6">
      <Sessions current={sessionId} onNew={fresh} />
      <Conversation key={key} sessionId={sessionId ?? null} onSession={onSession} />
    </div>
  );
}

function Conversation({ sessionId, onSession }: { sessionId: string | null; onSession: (id: string) => void }) {
  const { exchanges, running, send, stop, rate, loading, error } = useConversation(sessionId, onSession);
  const end = useRef<HTMLDivElement>(null);
  const length = exchanges.reduce((sum, exchange) => sum + exchange.answer.length, exchanges.length);
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
  }, [length]);
  const ask = (asking: Asking) => void send(asking);
  const choose = (text: string) => {
    ask({ text });
  };
  return (
    <section aria-label="Conversation" className="flex min-h-[calc(100dvh-9rem)] flex-col md:min-h-[calc(100dvh-3rem)]">
      <div className="flex-1 overflow-y-auto pb-4">
        {loading ? <Waiting className="h-64" /> : null}
        {exchanges.length === 0 && !loading ? <Welcome onChoose={choose} /> : <h1 className="sr-only">Conversation</h1>}
        <ol className="grid grid-cols-[minmax(0,1fr)] gap-6">
          {exchanges.map((exchange) => (
            <AnswerCard key={exchange.id} exchange={exchange} onAsk={running ? null : ask} onRate={rate} />
          ))}
        </ol>
        {error ? <ProblemNote error={error} /> : null}
        <div ref={end} className="scroll-mb-24 max-md:scroll-mb-40" />
      </div>
      <AskLine running={running} onAsk={(text) => send({ text })} onStop={() => void stop()} />
    </section>
  );
}

function Welcome({ onChoose }: { onChoose: (text: string) => void }) {
  return (
    <div className="grid gap-4 py-8">
      <div className="grid gap-1">
        <MessagesSquare className="size-6 text-primary" aria-hidden />
        <h1 className="text-2xl font-semibold tracking-tight">What do you want to know?</h1>
        <p className="text-sm text-muted-foreground">
          Every number in an answer is counted, and comes with the receipt that proves it.
        </p>
      </div>
      <ul className="grid gap-2 sm:grid-cols-2">
        {SUGGESTIONS.map((text) => (
          <li key={text}>
            <button
              type="button"
              className="h-full w-full rounded-lg border bg-card p-3 text-left text-sm hover:border-primary"
              onClick={() => {
                onChoose(text);
              }}
            >
              {text}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface AskLineProps {
  running: boolean;
  /** Whether an answer began. */
  onAsk: (text: string) => Promise<boolean>;
  onStop: () => void;
}

function AskLine({ running, onAsk, onStop }: AskLineProps) {
  const [text, setText] = useState("");
  const ask = async (asked: string) => {
    setText("");
    // What could not be asked is there to be asked again, unless something else was written meanwhile.
    if (!(await onAsk(asked))) setText((now) => now || asked);
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (text.trim() && !running) void ask(text.trim());
  };
  return (
    <form onSubmit={submit} className="sticky bottom-0 flex gap-2 bg-background py-3 max-md:bottom-16">
      <Input
        aria-label="Your question"
        className="h-12 text-base"
        placeholder="Ask about your messages"
        maxLength={4000}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
        }}
      />
      {running ? (
        <Button variant="destructive" className="h-12" onClick={onStop}>
          <Square aria-hidden /> Stop
        </Button>
      ) : (
        <Button type="submit" className="h-12" disabled={!text.trim()}>
          <Send aria-hidden /> Ask
        </Button>
      )}
    </form>
  );
}
