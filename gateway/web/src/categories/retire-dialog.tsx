import type { Category } from "@/api/types";
import { useCategoryChanges } from "@/categories/use-categories";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogClose,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogTitle,
  DialogTrigger,
} from "@/components/ui/dialog";

/** Ends a category, after asking once more: it cannot be taken back. */
export function RetireDialog({ category }: { category: Category }) {
  const { retire } = useCategoryChanges();
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button size="sm" variant="outline">
          Retire
        </Button>
      </DialogTrigger>
      <DialogContent>
        <DialogTitle>Retire “{category.name}”?</DialogTitle>
        <DialogDescription>
          Messages no longer show it, and no new one gets it. What it held for is kept, and its name becomes free. This
          cannot be taken back.
        </DialogDescription>
        {retire.error ? <ProblemNote error={retire.error} /> : null}
        <DialogFooter>
          <DialogClose asChild>
            <Button variant="outline">Keep it</Button>
          </DialogClose>
          <Button
            variant="destructive"
            disabled={retire.isPending}
            onClick={() => {
              retire.mutate(category.id);
            }}
          >
            Retire it
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}
