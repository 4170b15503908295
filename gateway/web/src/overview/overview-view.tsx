import { useQuery } from "@tanstack/react-query";
import { Suspense, lazy, useMemo } from "react";
import { useSearchParams } from "react-router";

import { api, dataOf } from "@/api/client";
import type { Stats, StatsQuery } from "@/api/types";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { labelName, whole, zone } from "@/lib/format";
import { PERIODS, type PeriodDays, isPeriod, lastDays } from "@/overview/period";

const DailyChart = lazy(() => import("@/overview/daily-chart"));

type Grouping = NonNullable<StatsQuery["group_by"]>;

async function queryStats(query: Partial<StatsQuery>): Promise<Stats> {
  return dataOf(await api.POST("/api/v1/stats", { body: { time_zone: zone(), ...query } as StatsQuery }));
}

function useStats(days: PeriodDays, groupBy: Grouping, compared: boolean) {
  return useQuery({
    queryKey: ["stats", days, groupBy, compared],
    queryFn: () => {
      const { range, compareTo } = lastDays(Number(days), new Date());
      return queryStats({ range, group_by: groupBy, ...(compared ? { compare_to: compareTo } : {}) });
    },
    refetchInterval: 60_000,
  });
}

/** How many messages, of which categories, on which days. */
export function OverviewView() {
  const [parameters, setParameters] = useSearchParams();
  const asked = parameters.get("days");
  const days: PeriodDays = isPeriod(asked) ? asked : "30";
  const daily = useStats(days, ["day", "category"], false);
  const categories = useStats(days, ["category"], true);
  const error = daily.error ?? categories.error;
  return (
    <div className="mx-auto grid max-w-6xl gap-4">
      <header className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-2xl font-semibold">Overview</h1>
        <div role="group" aria-label="Period" className="flex gap-1">
          {Object.entries(PERIODS).map(([value, name]) => (
            <Button
              key={value}
              size="small"
              variant={value === days ? "primary" : "outline"}
              aria-pressed={value === days}
              onClick={() => {
                setParameters({ days: value });
              }}
            >
              {name}
            </Button>
          ))}
        </div>
      </header>
      {error ? <ProblemNote error={error} /> : null}
      <Totals stats={categories.data} />
      <Card>
        <CardTitle>Messages per day and category</CardTitle>
        {daily.data ? (
          <Suspense fallback={<Loading />}>
            <DailyChart stats={daily.data} />
          </Suspense>
        ) : (
          <Loading />
        )}
      </Card>
      <Card>
        <CardTitle>Categories</CardTitle>
        {categories.data ? <Categories stats={categories.data} /> : <Loading />}
      </Card>
    </div>
  );
}

function Loading() {
  return <div className="h-64 animate-pulse rounded-md bg-accent-soft" role="status" aria-label="Loading" />;
}

function Totals({ stats }: { stats: Stats | undefined }) {
  const total = stats?.total ?? 0;
  const before = stats?.compare_total ?? 0;
  return (
    <Card className="flex flex-wrap items-baseline gap-3">
      <p className="text-4xl font-semibold tabular-nums" data-testid="total">
        {stats ? whole(total) : "…"}
      </p>
      <p className="text-muted">messages{stats ? `, ${change(total, before)}` : ""}</p>
    </Card>
  );
}

function change(value: number, before: number): string {
  if (before === 0) return "none in the period before";
  const percent = Math.round(((value - before) / before) * 100);
  const direction = percent === 0 ? "as many as" : `${Math.abs(percent)} % ${percent > 0 ? "more" : "fewer"} than`;
  return `${direction} in the period before (${whole(before)})`;
}

function Categories({ stats }: { stats: Stats }) {
  const largest = useMemo(() => Math.max(1, ...stats.rows.map((row) => row.value)), [stats]);
  if (stats.rows.length === 0) return <p className="text-muted">No labelled message in this period.</p>;
  return (
    <ul className="grid gap-2">
      {stats.rows.map((row) => (
        <li key={row.keys["category"]} className="grid grid-cols-[8rem_1fr_8.5rem] items-center gap-3 text-sm">
          <span>{labelName(row.keys["category"] ?? "without labels")}</span>
          <div className="h-3 rounded-full bg-accent-soft" aria-hidden>
            <div className="h-full rounded-full bg-accent" style={{ width: `${(row.value / largest) * 100}%` }} />
          </div>
          <span className="text-right tabular-nums">
            {whole(row.value)}
            <span className="ml-2 text-muted">before {whole(row.compare_value ?? 0)}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
