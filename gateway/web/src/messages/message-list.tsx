import type { ReactNode } from "react";

import type { Message } from "@/api/types";
import { Card } from "@/components/ui/card";
import { MessageItem } from "@/messages/message-item";

interface Props {
  messages: readonly Message[];
  "data-testid"?: string;
  /** What stands beside each, such as how sure somebody is of it. */
  note?: (message: Message) => ReactNode;
}

/** Messages one below the other: whatever lists messages, lists them so. */
export function MessageList({ messages, note, ...props }: Props) {
  return (
    <Card className="p-0 sm:p-0">
      <ul className="divide-y" {...props}>
        {messages.map((message) => (
          <li key={message.id} className="px-4 py-3">
            <MessageItem message={message}>{note?.(message)}</MessageItem>
          </li>
        ))}
      </ul>
    </Card>
  );
}
