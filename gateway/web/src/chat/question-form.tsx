import { type SubmitEvent, useState } from "react";

import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/textarea";

interface Props {
  text: string;
  onAsk: (text: string) => void;
  onCancel: () => void;
}

/** A question that was asked, to be asked in other words in its place. */
export function QuestionForm({ text, onAsk, onCancel }: Props) {
  const [words, setWords] = useState(text);
  const submit = (event?: SubmitEvent) => {
    event?.preventDefault();
    if (words.trim()) onAsk(words.trim());
  };
  return (
    <form className="ml-auto grid w-full max-w-2xl gap-2" onSubmit={submit}>
      <Textarea
        aria-label="The question in other words"
        className="min-h-12"
        maxLength={4000}
        ref={(element) => element?.focus()}
        value={words}
        onChange={({ target }) => {
          setWords(target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") onCancel();
          if (event.key !== "Enter" || event.shiftKey) return;
          event.preventDefault();
          submit();
        }}
      />
      <div className="flex justify-end gap-2">
        <Button size="sm" variant="ghost" onClick={onCancel}>
          Cancel
        </Button>
        <Button size="sm" type="submit" disabled={!words.trim()}>
          Ask again
        </Button>
      </div>
    </form>
  );
}
