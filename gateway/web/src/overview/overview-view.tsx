import { Suspense, lazy } from "react";

import { useReadsMessages } from "@/account/use-me";
import { Loading } from "@/components/loading";
import { ProblemNote } from "@/components/problem-note";
import { Card, CardTitle } from "@/components/ui/card";
import { FilterBar } from "@/filters/filter-bar";
import type { Filters } from "@/filters/filters";
import { useFilters } from "@/filters/use-filters";
import { Breakdown } from "@/overview/breakdown";
import { HeatMap } from "@/overview/heat-map";
import { Incidents } from "@/overview/incidents";
import { Spikes } from "@/overview/spikes";
import { Totals } from "@/overview/totals";
import { useStats } from "@/overview/use-stats";

const DailyChart = lazy(() => import("@/overview/daily-chart"));

/** How many messages, of what, from where and when; every figure leads to its messages. */
export function OverviewView() {
  const [filters, setFilters] = useFilters();
  const readsMessages = useReadsMessages();
  return (
    <div className="mx-auto grid max-w-6xl grid-cols-[minmax(0,1fr)] gap-4">
      <h1 className="text-2xl font-semibold">Overview</h1>
      <FilterBar filters={filters} onChange={setFilters} />
      <Totals filters={filters} />
      <Trend filters={filters} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-2">
        <Breakdown title="Categories" field="category" filters={filters} compared />
        <div className="grid gap-4">
          <Spikes filters={filters} />
          {readsMessages ? <Incidents filters={filters} /> : null}
        </div>
      </div>
      <HeatMap filters={filters} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 sm:grid-cols-2 lg:grid-cols-3">
        <Breakdown title="Sources" field="source" filters={filters} />
        <Breakdown title="Sentiment" field="sentiment" filters={filters} />
        <Breakdown title="Languages" field="language" filters={filters} />
      </div>
    </div>
  );
}

function Trend({ filters }: { filters: Filters }) {
  const { data, error } = useStats(filters, { group_by: ["day", "category"] });
  return (
    <Card>
      <CardTitle>Messages per day and category</CardTitle>
      {error ? <ProblemNote error={error} /> : null}
      {data ? (
        <Suspense fallback={<Loading />}>
          <DailyChart stats={data} />
        </Suspense>
      ) : null}
      {!data && !error ? <Loading /> : null}
    </Card>
  );
}
