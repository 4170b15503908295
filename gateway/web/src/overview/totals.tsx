import type { ReactNode } from "react";

import { Card } from "@/components/ui/card";
import type { Filters } from "@/filters/filters";
import { whole } from "@/lib/format";
import { useStats } from "@/overview/use-stats";

/** How many messages and people, against the period before. */
export function Totals({ filters }: { filters: Filters }) {
  const messages = useStats(filters, { group_by: ["category"] }, { compared: true });
  const users = useStats(filters, { measure: "unique_users" }, { compared: true });
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Figure name="messages" value={messages.data?.total} before={messages.data?.compare_total}>
        <span data-testid="total">{messages.data ? whole(messages.data.total) : "…"}</span>
      </Figure>
      <Figure name="people" value={users.data?.total} before={users.data?.compare_total}>
        <span data-testid="people">{users.data ? whole(users.data.total) : "…"}</span>
      </Figure>
    </div>
  );
}

interface FigureProps {
  name: string;
  value: number | undefined;
  before: number | null | undefined;
  children: ReactNode;
}

function Figure({ name, value, before, children }: FigureProps) {
  return (
    <Card className="flex flex-wrap items-baseline gap-x-3">
      <p className="text-4xl font-semibold tabular-nums">{children}</p>
      <p className="text-muted">
        {name}
        {value === undefined ? "" : `, ${change(value, before ?? 0)}`}
      </p>
    </Card>
  );
}

function change(value: number, before: number): string {
  if (before === 0) return "none in the period before";
  const percent = Math.round(((value - before) / before) * 100);
  const direction = percent === 0 ? "as many as" : `${Math.abs(percent)} % ${percent > 0 ? "more" : "fewer"} than`;
  return `${direction} in the period before (${whole(before)})`;
}
