import { type SubmitEvent, useState } from "react";

import type { Category } from "@/api/types";
import { useCategoryChanges } from "@/categories/use-categories";
import { InputField } from "@/components/form-field";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogTitle,
  DialogTrigger,
} from "@/components/ui/dialog";
import { textOf } from "@/lib/form";

/** Gives a category another name. */
export function RenameDialog({ category }: { category: Category }) {
  const [open, setOpen] = useState(false);
  const { rename } = useCategoryChanges();
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = textOf(event.currentTarget, "name").trim();
    const onSuccess = () => {
      setOpen(false);
    };
    rename.mutate({ id: category.id, name }, { onSuccess });
  };
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button size="sm" variant="outline">
          Rename
        </Button>
      </DialogTrigger>
      <DialogContent>
        <DialogTitle>Rename the category</DialogTitle>
        <DialogDescription>What it finds and what has it already stay as they are.</DialogDescription>
        <form className="grid gap-4" onSubmit={submit}>
          <InputField label="Name" name="name" required maxLength={100} defaultValue={category.name} />
          {rename.error ? <ProblemNote error={rename.error} /> : null}
          <DialogFooter>
            <Button type="submit" disabled={rename.isPending}>
              Save
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
