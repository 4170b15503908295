import { Bookmark, Users } from "lucide-react";
import { type SubmitEvent, useState } from "react";

import { useReadsMessages } from "@/account/use-me";
import type { SavedQuery } from "@/api/types";
import { InputField } from "@/components/form-field";
import { ProblemNote } from "@/components/problem-note";
import { RecordItem, RecordList } from "@/components/record-list";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import type { Filters } from "@/filters/filters";
import { useViewChanges, useViews } from "@/filters/use-views";
import { filtersOf, viewOf } from "@/filters/view";
import { textOf } from "@/lib/form";

interface Props {
  filters: Filters;
  onChange: (next: Filters) => void;
}

/** Views under a name: one is opened by a click, the present one saved, others deleted. */
export function SavedViews({ filters, onChange }: Props) {
  const [open, setOpen] = useState(false);
  const [keeping, setKeeping] = useState(false);
  const views = useViews(open || keeping).data ?? [];
  return (
    <>
      <DropdownMenu open={open} onOpenChange={setOpen}>
        <DropdownMenuTrigger asChild>
          <Button size="sm" variant="outline">
            <Bookmark aria-hidden /> Views
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent align="start">
          {views.map((view) => (
            <ViewItem key={view.id} view={view} onChange={onChange} />
          ))}
          {views.length > 0 ? <DropdownMenuSeparator /> : null}
          <DropdownMenuItem
            onSelect={() => {
              setKeeping(true);
            }}
          >
            Save or delete…
          </DropdownMenuItem>
        </DropdownMenuContent>
      </DropdownMenu>
      <Dialog open={keeping} onOpenChange={setKeeping}>
        <DialogContent>
          <DialogTitle>Saved views</DialogTitle>
          <DialogDescription>The filters and the period that you see now, under a name.</DialogDescription>
          <SaveForm
            filters={filters}
            onSaved={() => {
              setKeeping(false);
            }}
          />
          <KeptViews views={views} />
        </DialogContent>
      </Dialog>
    </>
  );
}

function ViewItem({ view, onChange }: { view: SavedQuery; onChange: Props["onChange"] }) {
  const filters = filtersOf(view);
  if (filters === null) return null;
  return (
    <DropdownMenuItem
      onSelect={() => {
        onChange(filters);
      }}
    >
      <span className="truncate">{view.name}</span>
      {view.shared ? <Users className="ml-auto text-muted-foreground" aria-label="everybody's" /> : null}
    </DropdownMenuItem>
  );
}

function SaveForm({ filters, onSaved }: { filters: Filters; onSaved: () => void }) {
  const { save } = useViewChanges();
  const mayShare = useReadsMessages();
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const shared = new FormData(form).has("shared");
    save.mutate(viewOf(textOf(form, "name").trim(), shared, filters), { onSuccess: onSaved });
  };
  return (
    <form className="grid gap-3" onSubmit={submit}>
      <InputField
        label="Name"
        name="name"
        required
        maxLength={100}
        placeholder="Angry payments, last 7 days"
        hint="A view that has this name already is replaced."
      />
      <div className="flex flex-wrap items-center justify-between gap-2">
        {mayShare ? (
          <label className="flex items-center gap-2 text-sm">
            <input type="checkbox" name="shared" className="size-4" /> for everybody here
          </label>
        ) : (
          <span />
        )}
        <Button type="submit" disabled={save.isPending}>
          Save
        </Button>
      </div>
      {save.error ? <ProblemNote error={save.error} /> : null}
    </form>
  );
}

function KeptViews({ views }: { views: SavedQuery[] }) {
  const { remove } = useViewChanges();
  const mayShare = useReadsMessages();
  const own = views.filter((view) => !view.shared || mayShare);
  return (
    <>
      <RecordList data-testid="views">
        {own.map((view) => (
          <RecordItem key={view.id} title={view.name}>
            {view.shared ? <span className="text-xs text-muted-foreground">everybody's</span> : null}
            <Button
              size="sm"
              variant="outline"
              aria-label={`Delete ${view.name}`}
              disabled={remove.isPending}
              onClick={() => {
                remove.mutate(view.id);
              }}
            >
              Delete
            </Button>
          </RecordItem>
        ))}
      </RecordList>
      {remove.error ? <ProblemNote error={remove.error} /> : null}
    </>
  );
}
