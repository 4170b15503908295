import { type SubmitEvent, useState } from "react";

import type { NewRule } from "@/alerts/use-alerts";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { Field, inputStyle } from "@/components/ui/field";
import { useVocabulary } from "@/filters/use-vocabulary";
import { labelName } from "@/lib/format";
import { textOf } from "@/lib/form";

const WINDOWS = { "900": "15 minutes", "3600": "an hour", "86400": "a day" };

interface Props {
  busy: boolean;
  error: unknown;
  onCreate: (rule: NewRule) => Promise<unknown>;
}

/** Which number is to be watched, and when it is too much. */
export function NewRuleForm({ busy, error, onCreate }: Props) {
  const { category: categories } = useVocabulary();
  const [kind, setKind] = useState<NewRule["kind"]>("above");
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const text = (name: string) => textOf(form, name);
    const rule = { name: text("name"), category: text("category"), kind, threshold: Number(text("threshold")) };
    onCreate({ ...rule, windowSeconds: Number(text("window")), webhookUrl: text("webhook") }).then(
      () => {
        form.reset();
        setKind("above");
      },
      () => undefined,
    );
  };
  return (
    <Card>
      <CardTitle>Watch a number</CardTitle>
      <form className="grid gap-3 sm:grid-cols-2" onSubmit={submit}>
        <Field label="Name" name="name" required maxLength={200} placeholder="Withdrawals pile up" />
        <label className="grid gap-1.5 text-sm font-medium">
          Messages about
          <select name="category" className={inputStyle}>
            <option value="">anything</option>
            {categories.map((category) => (
              <option key={category} value={category}>
                {labelName(category)}
              </option>
            ))}
          </select>
        </label>
        <label className="grid gap-1.5 text-sm font-medium">
          When there are
          <select
            name="kind"
            className={inputStyle}
            value={kind}
            onChange={({ target }) => {
              setKind(target.value as NewRule["kind"]);
            }}
          >
            <option value="above">more than</option>
            <option value="below">fewer than</option>
            <option value="spike">more than can be expected</option>
          </select>
        </label>
        {kind === "spike" ? null : (
          <Field label="How many" name="threshold" type="number" min={0} step={1} required defaultValue={100} />
        )}
        <label className="grid gap-1.5 text-sm font-medium">
          Within
          <select name="window" className={inputStyle} defaultValue="3600">
            {Object.entries(WINDOWS).map(([seconds, name]) => (
              <option key={seconds} value={seconds}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Field label="Webhook (optional)" name="webhook" type="url" maxLength={2000} placeholder="https://…" />
        <div className="sm:col-span-2">
          <Button type="submit" disabled={busy}>
            Watch
          </Button>
        </div>
      </form>
      {error ? <ProblemNote error={error} /> : null}
    </Card>
  );
}
