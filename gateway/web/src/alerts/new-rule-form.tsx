import { type SubmitEvent, useState } from "react";

import type { NewRule } from "@/alerts/use-alerts";
import { InputField, SelectField } from "@/components/form-field";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { useLabels } from "@/filters/use-vocabulary";
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
  const { categories } = useLabels();
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
      <form className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3" onSubmit={submit}>
        <InputField label="Name" name="name" required maxLength={200} placeholder="Withdrawals pile up" />
        <SelectField label="Messages about" name="category">
          <option value="">anything</option>
          {categories.map((category) => (
            <option key={category} value={category}>
              {labelName(category)}
            </option>
          ))}
        </SelectField>
        <SelectField
          label="When there are"
          name="kind"
          value={kind}
          onChange={({ target }) => {
            setKind(target.value as NewRule["kind"]);
          }}
        >
          <option value="above">more than</option>
          <option value="below">fewer than</option>
          <option value="spike">more than can be expected</option>
        </SelectField>
        {kind === "spike" ? null : (
          <InputField label="How many" name="threshold" type="number" min={0} step={1} required defaultValue={100} />
        )}
        <SelectField label="Within" name="window" defaultValue="3600">
          {Object.entries(WINDOWS).map(([seconds, name]) => (
            <option key={seconds} value={seconds}>
              {name}
            </option>
          ))}
        </SelectField>
        <InputField label="Webhook (optional)" name="webhook" type="url" maxLength={2000} placeholder="https://…" />
        <div className="col-span-full">
          <Button type="submit" disabled={busy}>
            Watch
          </Button>
        </div>
      </form>
      {error ? <ProblemNote error={error} /> : null}
    </Card>
  );
}
