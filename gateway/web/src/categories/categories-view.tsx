import { Plus, Shapes, Sparkles } from "lucide-react";
import { useSearchParams } from "react-router";

import { useIsAdmin } from "@/account/use-me";
import type { Category } from "@/api/types";
import { CategoryPanel } from "@/categories/category-panel";
import { NewCategory } from "@/categories/new-category";
import { Proposals } from "@/categories/proposals";
import { useCategories } from "@/categories/use-categories";
import { Loaded } from "@/components/loaded";
import { PageHeader } from "@/components/page-header";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { Empty } from "@/components/ui/empty";
import { Progress } from "@/components/ui/progress";
import { walkedPercent } from "@/categories/definition";
import { cn } from "@/lib/cn";
import { whole } from "@/lib/format";

/** Categories of one's own: what there is, what might be, and one of them looked at closely. */
export function CategoriesView() {
  const [parameters, setParameters] = useSearchParams();
  const categories = useCategories();
  const isAdmin = useIsAdmin();
  const chosen = categories.data?.find(({ id }) => id === parameters.get("category"));
  const making = isAdmin && parameters.has("new");
  const show = (next: Record<string, string>) => {
    setParameters(next);
  };
  return (
    <div className="mx-auto grid max-w-6xl grid-cols-[minmax(0,1fr)] gap-4">
      <PageHeader
        title="Categories"
        actions={
          isAdmin ? (
            <Button
              onClick={() => {
                show({ new: "" });
              }}
            >
              <Plus aria-hidden /> New category
            </Button>
          ) : null
        }
      >
        Define a category by a few examples, try it on history, and apply it to everything that was and will be written.
      </PageHeader>
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[20rem_minmax(0,1fr)]">
        <Card>
          <CardTitle>Yours</CardTitle>
          <Loaded query={categories}>
            {(all) => (
              <List
                categories={all}
                chosen={chosen?.id}
                onChoose={(id) => {
                  show({ category: id });
                }}
              />
            )}
          </Loaded>
          {making || chosen ? (
            <Button
              variant="outline"
              className="mt-4 w-full"
              onClick={() => {
                show({});
              }}
            >
              <Sparkles aria-hidden /> Proposals
            </Button>
          ) : null}
        </Card>
        {making ? (
          <NewCategory
            key={parameters.get("new")}
            proposalId={parameters.get("new") ?? ""}
            onMade={(id) => {
              show({ category: id });
            }}
          />
        ) : chosen ? (
          <CategoryPanel key={chosen.id} category={chosen} editable={isAdmin} />
        ) : (
          <Proposals
            onAccept={
              isAdmin
                ? (id) => {
                    show({ new: id });
                  }
                : null
            }
          />
        )}
      </div>
    </div>
  );
}

interface ListProps {
  categories: Category[];
  chosen: string | undefined;
  onChoose: (id: string) => void;
}

function List({ categories, chosen, onChoose }: ListProps) {
  const inUse = categories.filter(({ state }) => state !== "retired");
  const retired = categories.filter(({ state }) => state === "retired");
  const entry = (category: Category) => (
    <li key={category.id}>
      <Entry category={category} current={category.id === chosen} onChoose={onChoose} />
    </li>
  );
  return (
    <>
      {inUse.length === 0 ? (
        <Empty>
          <Shapes aria-hidden /> No category of your own yet.
        </Empty>
      ) : null}
      <ul className="grid gap-0.5" data-testid="categories">
        {inUse.map(entry)}
      </ul>
      {retired.length > 0 ? (
        <details className="mt-3 border-t pt-3">
          <summary className="text-sm text-muted-foreground">{whole(retired.length)} retired</summary>
          <ul className="mt-1 grid gap-0.5">{retired.map(entry)}</ul>
        </details>
      ) : null}
    </>
  );
}

const STATES = { draft: "outline", applied: "accent", retired: "outline" } as const;

function Entry({
  category,
  current,
  onChoose,
}: {
  category: Category;
  current: boolean;
  onChoose: (id: string) => void;
}) {
  const percent = walkedPercent(category);
  return (
    <button
      type="button"
      aria-current={current ? "true" : undefined}
      className={cn(
        "grid w-full gap-1.5 rounded-md px-2.5 py-2 text-left text-sm hover:bg-accent",
        current && "bg-accent",
      )}
      onClick={() => {
        onChoose(category.id);
      }}
    >
      <span className="flex items-center justify-between gap-2">
        <span className="min-w-0 truncate font-medium">{category.name}</span>
        <Badge variant={STATES[category.state]}>{category.walking ? `${percent} %` : category.state}</Badge>
      </span>
      {category.walking ? (
        <Progress value={percent} aria-label={`${category.name} on history`} className="h-1" />
      ) : null}
      {category.state === "applied" ? (
        <span className="text-xs text-muted-foreground">{whole(category.matches)} messages</span>
      ) : null}
    </button>
  );
}
