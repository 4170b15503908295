import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { useLive } from "@/live/use-live";
import { MessageItem } from "@/messages/message-item";

/** What comes in, as it comes in. */
export function LiveView() {
  const { messages, connected } = useLive();
  return (
    <div className="mx-auto grid max-w-4xl grid-cols-[minmax(0,1fr)] gap-4">
      <header className="flex items-center gap-3">
        <h1 className="text-2xl font-semibold">Live</h1>
        <Badge role="status">{connected ? "connected" : "connecting…"}</Badge>
      </header>
      {messages.length === 0 ? <p className="text-muted">Messages stand here within a second of coming in.</p> : null}
      <ul className="grid gap-3" data-testid="live">
        {messages.map((message) => (
          <li key={message.id}>
            <Card>
              <MessageItem message={message} />
            </Card>
          </li>
        ))}
      </ul>
    </div>
  );
}
