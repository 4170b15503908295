import { Loaded } from "@/components/loaded";
import { Card, CardTitle } from "@/components/ui/card";
import { type FilterField, type Filters, narrowed } from "@/filters/filters";
import { valueName, whole } from "@/lib/format";
import { MessagesLink } from "@/messages/messages-link";
import { useStats } from "@/overview/use-stats";

interface Props {
  title: string;
  field: FilterField;
  filters: Filters;
  compared?: boolean;
}

/** One bar per value of a field, the largest first; each leads to its messages. */
export function Breakdown({ title, field, filters, compared = false }: Props) {
  const query = useStats(filters, { group_by: [field] }, { compared });
  return (
    <Card>
      <CardTitle>{title}</CardTitle>
      <Loaded query={query}>
        {({ rows }) => {
          const largest = Math.max(1, ...rows.map((row) => row.value));
          if (rows.length === 0) return <p className="text-sm text-muted-foreground">Nothing in this period.</p>;
          return (
            <ul className="grid gap-0.5">
              {rows.map((row) => {
                const value = row.keys[field] ?? "";
                return (
                  <li key={value}>
                    <MessagesLink
                      filters={narrowed(filters, field, value)}
                      className="grid grid-cols-[8.5rem_minmax(0,1fr)_auto] items-center gap-3 rounded-md px-1 py-1.5 text-sm hover:bg-accent"
                    >
                      <span className="truncate">{valueName(field, value) || "without labels"}</span>
                      <span className="h-2 rounded-full bg-muted" aria-hidden>
                        <span
                          className="block h-full rounded-full bg-primary"
                          style={{ width: `${(row.value / largest) * 100}%` }}
                        />
                      </span>
                      <span className="min-w-12 text-right tabular-nums">
                        {whole(row.value)}
                        {compared ? (
                          <span className="ml-2 inline-block min-w-20 text-muted-foreground">
                            before {whole(row.compare_value ?? 0)}
                          </span>
                        ) : null}
                      </span>
                    </MessagesLink>
                  </li>
                );
              })}
            </ul>
          );
        }}
      </Loaded>
    </Card>
  );
}
