import { CircleCheck } from "lucide-react";
import { useState } from "react";

import type { Category } from "@/api/types";
import { walkedPercent } from "@/categories/definition";
import { Preview } from "@/categories/preview";
import { RenameDialog } from "@/categories/rename-dialog";
import { RetireDialog } from "@/categories/retire-dialog";
import { useCategoryChanges } from "@/categories/use-categories";
import { ProblemNote } from "@/components/problem-note";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardHeader } from "@/components/ui/card";
import { Progress } from "@/components/ui/progress";
import { moment, whole } from "@/lib/format";

/** One category: what it is, what can be done with it, and what it finds. */
export function CategoryPanel({ category, editable }: { category: Category; editable: boolean }) {
  const { apply } = useCategoryChanges();
  const retired = category.state === "retired";
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Card>
        <CardHeader>
          <div className="grid min-w-0 gap-1">
            <h2 className="text-lg font-semibold wrap-anywhere">{category.name}</h2>
            {category.description ? <p className="text-sm text-muted-foreground">{category.description}</p> : null}
          </div>
          {editable && !retired ? (
            <div className="flex flex-wrap gap-2">
              <RenameDialog category={category} />
              <RetireDialog category={category} />
              {category.state === "draft" ? (
                <Button
                  size="sm"
                  disabled={apply.isPending}
                  onClick={() => {
                    apply.mutate(category.id);
                  }}
                >
                  Apply
                </Button>
              ) : null}
            </div>
          ) : null}
        </CardHeader>
        {apply.error ? <ProblemNote error={apply.error} /> : null}
        <Standing category={category} />
        <Examples examples={category.examples} />
      </Card>
      {retired ? null : <Preview category={category} />}
    </div>
  );
}

function Standing({ category }: { category: Category }) {
  if (category.state === "draft")
    return (
      <p className="text-sm">
        <Badge>draft</Badge> <span className="ml-1">No message has it yet. Below is what it would find.</span>
      </p>
    );
  if (category.state === "retired")
    return <p className="text-sm">Retired {category.retired_at ? moment(category.retired_at) : ""}.</p>;
  const percent = walkedPercent(category);
  return (
    <div className="grid gap-2 text-sm" role="status" data-testid="walk">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        {category.walking ? null : <CircleCheck className="size-4 text-primary" aria-hidden />}
        <span>
          <strong className="tabular-nums">{whole(category.matches)}</strong> messages have it.
        </span>
        <span className="text-muted-foreground">
          {category.walking
            ? `${whole(category.walked)} of ${whole(category.walk_total)} messages of history looked at`
            : `Applied ${category.applied_at ? moment(category.applied_at) : ""}, to all of history as well`}
        </span>
      </p>
      {category.walking ? <Progress value={percent} aria-label="Applied to history" /> : null}
    </div>
  );
}

function Examples({ examples }: { examples: string[] }) {
  const [all, setAll] = useState(false);
  if (examples.length === 0) return null;
  const shown = all ? examples : examples.slice(0, 3);
  return (
    <div className="mt-4 grid gap-2 border-t pt-4">
      <h3 className="text-sm font-medium">Examples</h3>
      <ul className="grid gap-1.5 text-sm text-muted-foreground">
        {shown.map((text) => (
          <li key={text} className="border-l-2 pl-2 wrap-anywhere">
            {text}
          </li>
        ))}
      </ul>
      {shown.length < examples.length ? (
        <Button
          variant="link"
          className="w-fit"
          onClick={() => {
            setAll(true);
          }}
        >
          All {whole(examples.length)}
        </Button>
      ) : null}
    </div>
  );
}
