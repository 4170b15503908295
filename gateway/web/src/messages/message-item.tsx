import type { ReactNode } from "react";

import type { Message } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { labelName, moment, valueName } from "@/lib/format";

/** What somebody wrote, with its labels; `children` stand below it. */
export function MessageItem({ message, children }: { message: Message; children?: ReactNode }) {
  return (
    <article className="grid gap-1.5" aria-label={`Message of ${message.user_id}`}>
      <p className="text-xs text-muted-foreground">
        <time dateTime={message.timestamp}>{moment(message.timestamp)}</time> · {labelName(message.source)} ·{" "}
        {message.author === "agent" ? "agent" : message.user_id}
      </p>
      <p className="text-sm leading-relaxed whitespace-pre-wrap wrap-anywhere">{message.text}</p>
      <Labels message={message} />
      {children}
    </article>
  );
}

const MOODS: Record<string, string> = { negative: "text-destructive", positive: "text-primary" };

function Labels({ message }: { message: Message }) {
  if (message.status !== "labelled") return <Badge>{message.status}</Badge>;
  const mood = message.sentiment?.label;
  return (
    <ul className="flex flex-wrap gap-1.5" aria-label="Labels">
      {message.intents.map(({ label, probability }) => (
        <li key={label}>
          <Badge variant="accent" title={`${Math.round(probability * 100)} % sure`}>
            {labelName(label)}
          </Badge>
        </li>
      ))}
      {message.custom_categories.map(({ id, name, probability }) => (
        <li key={id}>
          <Badge
            className="border-primary text-foreground"
            title={`a category of yours, ${Math.round(probability * 100)} % sure`}
          >
            {name}
          </Badge>
        </li>
      ))}
      {message.unsupported_language ? (
        <li>
          <Badge className="border-dashed" title="Messages in this language are not classified.">
            language not accepted
          </Badge>
        </li>
      ) : null}
      {message.abstained ? (
        <li>
          <Badge className="border-dashed">unsure</Badge>
        </li>
      ) : null}
      {mood ? (
        <li>
          <Badge className={MOODS[mood]}>{mood}</Badge>
        </li>
      ) : null}
      {message.language && message.language !== "en" ? (
        <li>
          <Badge>{valueName("language", message.language)}</Badge>
        </li>
      ) : null}
      {message.labelled_by === "human" ? (
        <li>
          <Badge variant="default">checked</Badge>
        </li>
      ) : null}
    </ul>
  );
}
