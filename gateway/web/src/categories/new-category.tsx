import { type SubmitEvent, useState } from "react";

import { GOOD_EXAMPLES, MAX_EXAMPLES, definitionOf, examplesOf } from "@/categories/definition";
import { type Definition, useCategoryChanges, useProposals } from "@/categories/use-categories";
import { InputField, TextareaField } from "@/components/form-field";
import { Loaded } from "@/components/loaded";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { whole } from "@/lib/format";
import { newId } from "@/lib/new-id";

const EMPTY: Definition = { name: "", description: "", examples: [] };

interface Props {
  /** The proposal to begin with; empty for a blank form. */
  proposalId: string;
  onMade: (id: string) => void;
}

/** A form that defines a category, from nothing or from a proposal. */
export function NewCategory({ proposalId, onMade }: Props) {
  const proposals = useProposals();
  if (!proposalId) return <DefinitionForm start={EMPTY} onMade={onMade} />;
  return (
    <Loaded query={proposals}>
      {(found) => {
        const proposal = found.proposals.find(({ id }) => id === proposalId);
        return <DefinitionForm start={proposal ? definitionOf(proposal) : EMPTY} onMade={onMade} />;
      }}
    </Loaded>
  );
}

function DefinitionForm({ start, onMade }: { start: Definition; onMade: (id: string) => void }) {
  const [requestId] = useState(() => newId());
  const [name, setName] = useState(start.name);
  const [description, setDescription] = useState(start.description);
  const [lines, setLines] = useState(start.examples.join("\n"));
  const { create } = useCategoryChanges();
  const examples = examplesOf(lines);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    create.mutate(
      { id: requestId, name: name.trim(), description: description.trim(), examples },
      {
        onSuccess: ({ id }) => {
          onMade(id);
        },
      },
    );
  };
  return (
    <Card>
      <CardTitle>New category</CardTitle>
      <form className="grid gap-4" onSubmit={submit}>
        <InputField
          label="Name"
          required
          maxLength={100}
          placeholder="Merch shop"
          value={name}
          onChange={({ target }) => {
            setName(target.value);
          }}
        />
        <InputField
          label="Description (optional)"
          maxLength={2000}
          placeholder="Orders, sizes and deliveries of the merch shop"
          hint="A sentence that says what belongs here. It counts like an example."
          value={description}
          onChange={({ target }) => {
            setDescription(target.value);
          }}
        />
        <TextareaField
          label="Examples"
          className="min-h-40"
          placeholder={"my hoodie never arrived\ndo you have the cap in black?"}
          hint={hintOf(examples.length)}
          value={lines}
          onChange={({ target }) => {
            setLines(target.value);
          }}
        />
        {create.error ? <ProblemNote error={create.error} /> : null}
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" disabled={create.isPending || !name.trim() || examples.length > MAX_EXAMPLES}>
            {create.isPending ? "Defining …" : "Define and try it"}
          </Button>
          <p className="text-sm text-muted-foreground">Nothing is labelled until you apply it.</p>
        </div>
      </form>
    </Card>
  );
}

function hintOf(count: number): string {
  if (count > MAX_EXAMPLES) return `${whole(count)} examples; ${MAX_EXAMPLES} are the most.`;
  if (count < GOOD_EXAMPLES) return `One message per line, ${whole(count)} so far; ${GOOD_EXAMPLES} or more work best.`;
  return `One message per line, ${whole(count)} so far.`;
}
