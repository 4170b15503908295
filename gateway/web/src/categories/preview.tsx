import { useState } from "react";

import type { Category, CategoryPreview } from "@/api/types";
import { DayBars } from "@/categories/day-bars";
import { usePreview } from "@/categories/use-categories";
import { Loaded } from "@/components/loaded";
import { Card, CardTitle } from "@/components/ui/card";
import { Empty } from "@/components/ui/empty";
import { FilterBar } from "@/filters/filter-bar";
import { readFilters } from "@/filters/filters";
import { whole } from "@/lib/format";
import { MessageItem } from "@/messages/message-item";

/** What a category finds in messages that are stored: how many, when, and which. Nothing is changed by looking. */
export function Preview({ category }: { category: Category }) {
  const [filters, setFilters] = useState(() => readFilters(new URLSearchParams("days=90")));
  const preview = usePreview(category, filters);
  return (
    <Card className="grid grid-cols-[minmax(0,1fr)] gap-4" data-testid="preview">
      <CardTitle className="mb-0">What it finds</CardTitle>
      <FilterBar filters={filters} onChange={setFilters} />
      <Loaded query={preview}>{(found) => <Found found={found} />}</Loaded>
    </Card>
  );
}

function Found({ found }: { found: CategoryPreview }) {
  if (found.matches === 0)
    return (
      <Empty>
        None of {whole(found.considered)} messages belongs to it. Choose a longer period, or define it with other
        examples.
      </Empty>
    );
  return (
    <>
      <p>
        <span className="text-3xl font-semibold tabular-nums">{whole(found.matches)}</span>{" "}
        <span className="text-sm text-muted-foreground">of {whole(found.considered)} messages</span>
      </p>
      <DayBars days={found.days} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6 xl:grid-cols-2">
        <Exemplars title="Surest" exemplars={found.surest} />
        <Exemplars title="Just about – look at these" exemplars={found.least_sure} />
      </div>
    </>
  );
}

function Exemplars({ title, exemplars }: { title: string; exemplars: CategoryPreview["surest"] }) {
  return (
    <div className="grid content-start gap-1">
      <h3 className="text-sm font-medium">{title}</h3>
      <ul className="divide-y">
        {exemplars.map(({ message, probability }) => (
          <li key={message.id} className="py-2.5">
            <MessageItem message={message}>
              <p className="text-xs text-muted-foreground">{Math.round(probability * 100)} % sure</p>
            </MessageItem>
          </li>
        ))}
      </ul>
    </div>
  );
}
