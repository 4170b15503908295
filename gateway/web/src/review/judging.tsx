import { useEffect, useState } from "react";

import type { Message } from "@/api/types";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { labelName } from "@/lib/format";
import { KEYS, chosenAfter, intentOfKey } from "@/review/choice";
import type { Judgement } from "@/review/use-review";

interface Props {
  message: Message;
  intents: string[];
  sentiments: string[];
  busy: boolean;
  onJudge: (judgement: Judgement) => void;
}

/** Labels to choose from. Letters choose intents, digits the sentiment, Enter saves. */
export function Judging({ message, intents, sentiments, busy, onJudge }: Props) {
  const [chosen, setChosen] = useState(() => message.intents.map(({ label }) => label));
  const [sentiment, setSentiment] = useState(message.sentiment?.label ?? "neutral");
  const save = () => {
    if (chosen.length > 0 && !busy) onJudge(judgementOf(message, chosen, sentiment));
  };

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.matches("input, select, textarea, button, a");
      if (event.metaKey || event.ctrlKey || event.altKey) return;
      if (event.key === "Enter" && !typing) save();
      const intent = intentOfKey(event.key, intents);
      if (intent) setChosen((now) => chosenAfter(now, intent));
      const mood = sentiments[Number(event.key) - 1];
      if (mood) setSentiment(mood);
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
    };
  });

  return (
    <div className="grid gap-4">
      <fieldset>
        <legend className="mb-2 text-sm font-medium">What it is about</legend>
        <div className="flex flex-wrap gap-1.5">
          {intents.map((intent, place) => (
            <Choice
              key={intent}
              shortcut={KEYS[place] ?? ""}
              pressed={chosen.includes(intent)}
              onClick={() => {
                setChosen(chosenAfter(chosen, intent));
              }}
            >
              {labelName(intent)}
            </Choice>
          ))}
        </div>
      </fieldset>
      <fieldset>
        <legend className="mb-2 text-sm font-medium">Mood</legend>
        <div className="flex flex-wrap gap-1.5">
          {sentiments.map((mood, place) => (
            <Choice
              key={mood}
              shortcut={String(place + 1)}
              pressed={sentiment === mood}
              onClick={() => {
                setSentiment(mood);
              }}
            >
              {mood}
            </Choice>
          ))}
        </div>
      </fieldset>
      <div className="flex flex-wrap items-center gap-3">
        <Button disabled={busy || chosen.length === 0} onClick={save}>
          Save and next
        </Button>
        <p className="text-xs text-muted-foreground">
          Letters choose, 1 to {sentiments.length} say the mood, Enter saves.
        </p>
      </div>
    </div>
  );
}

interface ChoiceProps {
  shortcut: string;
  pressed: boolean;
  onClick: () => void;
  children: string;
}

function Choice({ shortcut, pressed, onClick, children }: ChoiceProps) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      aria-keyshortcuts={shortcut}
      className={cn(
        "flex min-h-8 items-center gap-1.5 rounded-full border px-3 text-sm hover:bg-accent",
        pressed && "border-primary bg-primary text-primary-foreground hover:bg-primary",
      )}
      onClick={onClick}
    >
      {children}
      <kbd aria-hidden className={cn("font-sans text-xs text-muted-foreground", pressed && "text-primary-foreground")}>
        {shortcut}
      </kbd>
    </button>
  );
}

/** Labels left as they were confirm the model; anything else corrects it. */
function judgementOf(message: Message, intents: string[], sentiment: string): Judgement {
  const before = message.intents.map(({ label }) => label);
  const same = before.length === intents.length && before.every((label) => intents.includes(label));
  if (same && message.sentiment?.label === sentiment) return { verdict: "confirmed" };
  return { verdict: "corrected", intents, sentiment };
}
