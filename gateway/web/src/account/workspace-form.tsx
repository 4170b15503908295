import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { type LanguageChoice, changeOf, choiceOf } from "@/account/workspace";
import { api, dataOf } from "@/api/client";
import type { WorkspaceChange, WorkspaceSettings } from "@/api/types";
import { InputField, SelectField, TextareaField } from "@/components/form-field";
import { Loaded } from "@/components/loaded";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { textOf } from "@/lib/form";

const SETTINGS = ["workspace-settings"];
const CHOICES: Record<LanguageChoice, string> = {
  deployment: "as the deployment says",
  every: "every language",
  some: "only these",
};

/** What holds for everybody of the workspace. */
export function Workspace() {
  const queries = useQueryClient();
  const settings = useQuery({
    queryKey: SETTINGS,
    queryFn: async () => dataOf(await api.GET("/api/v1/workspace/settings")),
  });
  const change = useMutation({
    mutationFn: async (body: WorkspaceChange) => dataOf(await api.PATCH("/api/v1/workspace/settings", { body })),
    onSuccess: (changed) => queries.setQueryData(SETTINGS, changed),
  });
  return (
    <Card>
      <CardTitle>Workspace</CardTitle>
      <Loaded query={settings}>
        {(shown) => (
          <SettingsForm
            shown={shown}
            busy={change.isPending}
            onChange={(body) => {
              change.mutate(body);
            }}
          />
        )}
      </Loaded>
      {change.error ? <ProblemNote error={change.error} /> : null}
      {change.isSuccess ? (
        <p role="status" className="text-sm">
          Saved, for messages and questions from now on.
        </p>
      ) : null}
    </Card>
  );
}

interface FormProps {
  shown: WorkspaceSettings;
  busy: boolean;
  onChange: (change: WorkspaceChange) => void;
}

function SettingsForm({ shown, busy, onChange }: FormProps) {
  const { accepted_languages: languages, system_prompt: prompt } = shown;
  const [choice, setChoice] = useState(choiceOf(languages));
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    onChange(changeOf(choice, textOf(form, "codes"), textOf(form, "prompt")));
  };
  return (
    <form className="grid gap-3 sm:grid-cols-2" onSubmit={submit}>
      <SelectField
        label="Languages to classify"
        hint="Messages in others are kept and marked, without labels."
        value={choice}
        onChange={({ target }) => {
          setChoice(target.value as LanguageChoice);
        }}
      >
        {Object.entries(CHOICES).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </SelectField>
      {choice === "some" ? (
        <InputField
          label="Their codes"
          hint="Two letters each, with commas between."
          name="codes"
          defaultValue={languages.codes.join(", ")}
          pattern="\s*[a-zA-Z]{2}(\s*,\s*[a-zA-Z]{2})*\s*"
          placeholder="en, fr"
          autoComplete="off"
          required
        />
      ) : null}
      <div className="col-span-full">
        <TextareaField
          label="System prompt of assistant sessions"
          hint="Empty: as the deployment says. A session may bring its own."
          name="prompt"
          defaultValue={prompt.text ?? ""}
          maxLength={8000}
          rows={4}
        />
      </div>
      <Button type="submit" className="w-fit" disabled={busy}>
        Save
      </Button>
    </form>
  );
}
