import { Radio } from "lucide-react";

import { PageHeader } from "@/components/page-header";
import { Badge } from "@/components/ui/badge";
import { Empty } from "@/components/ui/empty";
import { useLive } from "@/live/use-live";
import { MessageList } from "@/messages/message-list";

/** What comes in, as it comes in. */
export function LiveView() {
  const { messages, connected } = useLive();
  return (
    <div className="mx-auto grid max-w-4xl grid-cols-[minmax(0,1fr)] gap-4">
      <PageHeader
        title="Live"
        actions={
          <Badge role="status" variant={connected ? "accent" : "outline"}>
            {connected ? "connected" : "connecting…"}
          </Badge>
        }
      >
        Messages as they come in, with their labels as soon as they have them.
      </PageHeader>
      {messages.length === 0 ? (
        <Empty data-testid="live">
          <Radio aria-hidden /> Messages stand here within a second of coming in.
        </Empty>
      ) : (
        <MessageList messages={messages} data-testid="live" />
      )}
    </div>
  );
}
