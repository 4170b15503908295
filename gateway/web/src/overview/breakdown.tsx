import { useState } from "react";

import type { Stats } from "@/api/types";
import { Loaded } from "@/components/loaded";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { type FilterField, type Filters, narrowed } from "@/filters/filters";
import { valueName, whole } from "@/lib/format";
import { MessagesLink } from "@/messages/messages-link";
import { useStats } from "@/overview/use-stats";

/** So many bars stand at first; there are dozens of languages, most of them with a message or two. */
const SHOWN = 8;

interface Props {
  title: string;
  field: FilterField;
  filters: Filters;
  compared?: boolean;
}

/** One bar per value of a field, the largest first; each leads to its messages. */
export function Breakdown({ title, field, filters, compared = false }: Props) {
  const query = useStats(filters, { group_by: [field] }, { compared });
  const [all, setAll] = useState(false);
  return (
    <Card>
      <CardTitle>{title}</CardTitle>
      <Loaded query={query}>
        {({ rows }) => {
          if (rows.length === 0) return <p className="text-sm text-muted-foreground">Nothing in this period.</p>;
          const largest = Math.max(1, ...rows.map((row) => row.value));
          return (
            <div className="@container grid justify-items-start gap-2">
              <ul className="grid w-full grid-cols-[fit-content(8.5rem)_minmax(2rem,1fr)_auto] gap-x-3 gap-y-0.5 @md:grid-cols-[8.5rem_minmax(2rem,1fr)_auto]">
                {rows.slice(0, all ? rows.length : SHOWN).map((row) => (
                  <Bar key={row.keys[field]} {...{ field, filters, row, largest, compared }} />
                ))}
              </ul>
              {rows.length > SHOWN ? (
                <Button
                  size="sm"
                  variant="ghost"
                  aria-expanded={all}
                  onClick={() => {
                    setAll(!all);
                  }}
                >
                  {all ? "Show fewer" : `Show all ${whole(rows.length)}`}
                </Button>
              ) : null}
            </div>
          );
        }}
      </Loaded>
    </Card>
  );
}

interface BarProps extends Omit<Props, "title"> {
  row: Stats["rows"][number];
  largest: number;
}

function Bar({ field, filters, row, largest, compared }: BarProps) {
  const value = row.keys[field] ?? "";
  return (
    <li className="col-span-full grid grid-cols-subgrid">
      <MessagesLink
        filters={narrowed(filters, field, value)}
        className="col-span-full grid grid-cols-subgrid items-center rounded-md px-1 py-1.5 text-sm hover:bg-accent"
      >
        <span className="truncate">{valueName(field, value) || "without labels"}</span>
        <span className="h-2 rounded-full bg-muted" aria-hidden>
          <span
            className="block h-full rounded-full bg-primary"
            style={{ width: `${(row.value / largest) * 100}%` }}
          />
        </span>
        <span className="min-w-12 text-right whitespace-nowrap tabular-nums">
          {whole(row.value)}
          {compared ? (
            <span className="block text-muted-foreground @md:ml-2 @md:inline-block @md:min-w-22">
              before {whole(row.compare_value ?? 0)}
            </span>
          ) : null}
        </span>
      </MessagesLink>
    </li>
  );
}
