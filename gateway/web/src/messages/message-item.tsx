import type { ReactNode } from "react";

import type { Message } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { labelName, moment } from "@/lib/format";

/** What somebody wrote, with its labels; `children` stand below it. */
export function MessageItem({ message, children }: { message: Message; children?: ReactNode }) {
  return (
    <article className="grid gap-1.5" aria-label={`Message of ${message.user_id}`}>
      <p className="text-xs text-muted">
        <time dateTime={message.timestamp}>{moment(message.timestamp)}</time>, {labelName(message.source)},{" "}
        {message.author === "agent" ? "agent" : message.user_id}
      </p>
      <p className="whitespace-pre-wrap wrap-anywhere">{message.text}</p>
      <Labels message={message} />
      {children}
    </article>
  );
}

function Labels({ message }: { message: Message }) {
  if (message.status !== "labelled") return <Badge className="w-fit">{message.status}</Badge>;
  return (
    <ul className="flex flex-wrap gap-1.5" aria-label="Labels">
      {message.intents.map(({ label, probability }) => (
        <li key={label}>
          <Badge title={`${Math.round(probability * 100)} % sure`}>{labelName(label)}</Badge>
        </li>
      ))}
      {message.abstained ? (
        <li>
          <Badge className="border-dashed">unsure</Badge>
        </li>
      ) : null}
      {message.sentiment ? (
        <li>
          <Badge>{message.sentiment.label}</Badge>
        </li>
      ) : null}
      {message.labelled_by === "human" ? (
        <li>
          <Badge className="border-accent text-accent">checked</Badge>
        </li>
      ) : null}
    </ul>
  );
}
