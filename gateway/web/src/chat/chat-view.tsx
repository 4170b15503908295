import { useQuery } from "@tanstack/react-query";
import { Plus, Send, Square } from "lucide-react";
import { type SubmitEvent, useCallback, useEffect, useRef, useState } from "react";
import { useNavigate, useParams } from "react-router";

import { api, dataOf } from "@/api/client";
import { AnswerCard } from "@/chat/answer";
import { useConversation } from "@/chat/use-conversation";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import { inputStyle } from "@/components/ui/field";
import { cn } from "@/lib/cn";

const SUGGESTIONS = [
  "How many deposit messages came in yesterday, by hour?",
  "Top 5 reasons last week",
  "Withdrawal problems this month compared with last month",
  "Show examples of angry messages from Telegram",
];

/** The chat: sessions at the side, the conversation, and the line to ask in. */
export function ChatView() {
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
    <div className="mx-auto grid h-full max-w-6xl grid-cols-[minmax(0,1fr)] gap-4 md:grid-cols-[14rem_minmax(0,1fr)]">
      <Sessions current={sessionId} onNew={fresh} />
      <Conversation key={key} sessionId={sessionId ?? null} onSession={onSession} />
    </div>
  );
}

function Sessions({ current, onNew }: { current: string | undefined; onNew: () => void }) {
  const navigate = useNavigate();
  const sessions = useQuery({
    queryKey: ["sessions"],
    queryFn: async () => dataOf(await api.GET("/api/v1/sessions", {})).sessions,
  });
  return (
    <nav aria-label="Conversations" className="flex gap-2 overflow-x-auto md:flex-col md:overflow-visible">
      <Button variant="outline" onClick={onNew}>
        <Plus aria-hidden /> New question
      </Button>
      {sessions.data?.map((session) => (
        <Button
          key={session.id}
          variant="ghost"
          aria-current={session.id === current ? "page" : undefined}
          className={cn("max-w-56 justify-start", session.id === current && "bg-accent-soft")}
          onClick={() => void navigate(`/app/chat/${session.id}`)}
        >
          <span className="truncate">{session.title || "New conversation"}</span>
        </Button>
      ))}
    </nav>
  );
}

function Conversation({ sessionId, onSession }: { sessionId: string | null; onSession: (id: string) => void }) {
  const { exchanges, running, send, stop, loading, error } = useConversation(sessionId, onSession);
  const end = useRef<HTMLDivElement>(null);
  const length = exchanges.reduce((sum, exchange) => sum + exchange.answer.length, exchanges.length);
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
  }, [length]);
  const choose = (text: string) => void send(text);
  return (
    <section aria-label="Conversation" className="flex min-h-[70dvh] flex-col">
      <div className="flex-1 overflow-y-auto pb-4">
        {loading ? <p className="text-muted">Loading the conversation …</p> : null}
        {exchanges.length === 0 && !loading ? <Welcome onChoose={choose} /> : <h1 className="sr-only">Conversation</h1>}
        <ol className="grid grid-cols-[minmax(0,1fr)] gap-6">
          {exchanges.map((exchange) => (
            <AnswerCard key={exchange.id} exchange={exchange} onChoose={choose} />
          ))}
        </ol>
        {error ? <ProblemNote error={error} /> : null}
        <div ref={end} className="scroll-mb-20" />
      </div>
      <AskLine running={running} onAsk={choose} onStop={() => void stop()} />
    </section>
  );
}

function Welcome({ onChoose }: { onChoose: (text: string) => void }) {
  return (
    <div className="grid gap-4 py-8">
      <h1 className="text-2xl font-semibold">What do you want to know?</h1>
      <ul className="grid gap-2 sm:grid-cols-2">
        {SUGGESTIONS.map((text) => (
          <li key={text}>
            <button
              type="button"
              className="h-full w-full rounded-lg border bg-surface p-3 text-left text-sm hover:border-accent"
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

function AskLine({ running, onAsk, onStop }: { running: boolean; onAsk: (text: string) => void; onStop: () => void }) {
  const [text, setText] = useState("");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!text.trim() || running) return;
    onAsk(text.trim());
    setText("");
  };
  return (
    <form onSubmit={submit} className="sticky bottom-0 flex gap-2 bg-canvas py-3">
      <input
        aria-label="Your question"
        className={cn(inputStyle, "h-12 text-base")}
        placeholder="Ask about your messages"
        maxLength={4000}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
        }}
      />
      {running ? (
        <Button variant="danger" className="h-12" onClick={onStop}>
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
