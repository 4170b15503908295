import { useMemo } from "react";
import { Link } from "react-router";

import { ProblemNote } from "@/components/problem-note";
import { Card, CardTitle } from "@/components/ui/card";
import { Loading } from "@/components/loading";
import { type FilterField, type Filters, narrowed, writeFilters } from "@/filters/filters";
import { labelName, whole } from "@/lib/format";
import { useStats } from "@/overview/use-stats";

interface Props {
  title: string;
  field: FilterField;
  filters: Filters;
  compared?: boolean;
}

/** One bar per value of a field, the largest first; each leads to its messages. */
export function Breakdown({ title, field, filters, compared = false }: Props) {
  const { data, error } = useStats(filters, { group_by: [field] }, { compared });
  const largest = useMemo(() => Math.max(1, ...(data?.rows ?? []).map((row) => row.value)), [data]);
  return (
    <Card>
      <CardTitle>{title}</CardTitle>
      {error ? <ProblemNote error={error} /> : null}
      {!data && !error ? <Loading /> : null}
      {data?.rows.length === 0 ? <p className="text-muted">Nothing in this period.</p> : null}
      <ul className="grid gap-1">
        {data?.rows.map((row) => {
          const value = row.keys[field] ?? "";
          return (
            <li key={value}>
              <Link
                to={{ pathname: "/app/messages", search: writeFilters(narrowed(filters, field, value)).toString() }}
                className="grid grid-cols-[7rem_minmax(0,1fr)_auto] items-center gap-3 rounded-md px-1 py-1 text-sm hover:bg-accent-soft"
              >
                <span>{labelName(value || "without labels")}</span>
                <span className="h-3 rounded-full bg-accent-soft" aria-hidden>
                  <span
                    className="block h-full rounded-full bg-accent"
                    style={{ width: `${(row.value / largest) * 100}%` }}
                  />
                </span>
                <span className="min-w-12 text-right tabular-nums">
                  {whole(row.value)}
                  {compared ? <span className="ml-2 text-muted">before {whole(row.compare_value ?? 0)}</span> : null}
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
