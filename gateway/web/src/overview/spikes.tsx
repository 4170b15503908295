import { Link } from "react-router";

import { Card, CardTitle } from "@/components/ui/card";
import { ProblemNote } from "@/components/problem-note";
import { type Filters, narrowed, writeFilters } from "@/filters/filters";
import { labelName, whole } from "@/lib/format";
import { useSpikes } from "@/overview/use-stats";

/** Days with more messages than their weekday lets expect. */
export function Spikes({ filters }: { filters: Filters }) {
  const { data, error } = useSpikes(filters);
  return (
    <Card>
      <CardTitle>What stands out</CardTitle>
      {error ? <ProblemNote error={error} /> : null}
      {data?.spikes.length === 0 ? <p className="text-sm text-muted">No day out of the ordinary.</p> : null}
      <ul className="grid gap-1 text-sm" data-testid="spikes">
        {data?.spikes.slice(0, 6).map((spike) => {
          const day = spike.start.slice(0, 10);
          const there = narrowed({ ...filters, custom: { start: day, end: day } }, "category", spike.key ?? "");
          return (
            <li key={`${spike.key} ${spike.start}`}>
              <Link
                to={{ pathname: "/app/messages", search: writeFilters(there).toString() }}
                className="flex flex-wrap justify-between gap-x-3 rounded-md px-1 py-1 hover:bg-accent-soft"
              >
                <span>
                  {labelName(spike.key ?? "all")}, {new Date(`${day}T12:00:00`).toLocaleDateString()}
                </span>
                <span className="tabular-nums">
                  {whole(spike.seen)} <span className="text-muted">about {whole(Math.round(spike.expected))} expected</span>
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
