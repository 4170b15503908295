import { ChevronLeft, ChevronRight, type LucideIcon, ZoomIn, ZoomOut } from "lucide-react";
import { Suspense, lazy, useMemo } from "react";

import type { Stats } from "@/api/types";
import { Loaded, Waiting } from "@/components/loaded";
import { Button } from "@/components/ui/button";
import { Card, CardHeader, CardTitle } from "@/components/ui/card";
import { type Filters, localDate, toggled } from "@/filters/filters";
import { labelName } from "@/lib/format";
import { colourOf } from "@/overview/palette";
import { stacked } from "@/overview/stacked";
import { useSpikes, useStats } from "@/overview/use-stats";
import { isOneDay, movedBy, zoomedCloser, zoomedIn, zoomedOut } from "@/overview/zoom";

const TrendChart = lazy(() => import("@/overview/trend-chart"));

interface Props {
  filters: Filters;
  onChange: (next: Filters) => void;
}

/** Messages over time by category, days that stand out marked; drawing over days zooms in on them. */
export function Trend({ filters, onChange }: Props) {
  const dimension = isOneDay(filters, new Date()) ? "hour" : "day";
  const query = useStats(filters, { group_by: [dimension, "category"], limit: 10_000 });
  return (
    <Card>
      <CardHeader className="mb-2 min-h-8 items-center">
        <CardTitle className="mb-0">Messages per {dimension} and category</CardTitle>
        <Steps filters={filters} onChange={onChange} />
      </CardHeader>
      <Loaded query={query} waiting={<Waiting className="h-72" />}>
        {(stats) => <Chart stats={stats} dimension={dimension} filters={filters} onChange={onChange} />}
      </Loaded>
    </Card>
  );
}

/** Zooming and moving by key or finger, as drawing over days does by pointer. */
function Steps({ filters, onChange }: Props) {
  const now = new Date();
  const shown = filters.custom ? `${filters.custom.start}/${filters.custom.end}` : filters.days;
  const steps: [string, LucideIcon, Filters | null][] = [
    ["Earlier", ChevronLeft, movedBy(filters, -1, now)],
    ["Later", ChevronRight, movedBy(filters, 1, now)],
    ["Zoom in", ZoomIn, zoomedCloser(filters, now)],
    ["Zoom out", ZoomOut, zoomedOut(filters, now)],
  ];
  return (
    <div role="group" aria-label="Period of the chart" data-period={shown} className="flex gap-0.5">
      {steps.map(([name, Icon, next]) => (
        <Button
          key={name}
          size="icon-sm"
          variant="ghost"
          aria-label={name}
          title={name}
          disabled={next === null}
          onClick={() => {
            if (next) onChange(next);
          }}
        >
          <Icon aria-hidden />
        </Button>
      ))}
    </div>
  );
}

function Chart({ stats, dimension, filters, onChange }: Props & { stats: Stats; dimension: "day" | "hour" }) {
  const { rows, categories } = useMemo(() => stacked(stats, dimension), [stats, dimension]);
  const spikes = useSpikes(filters);
  if (stats.rows.length === 0) return <p className="text-sm text-muted-foreground">No labelled message in this period.</p>;
  const days = dimension === "day" ? (spikes.data?.spikes ?? []).map(({ start }) => localDate(new Date(start))) : [];
  const marked = [...new Set(days)].filter((day) => rows.some(({ time }) => time === day));
  const select = (one: string, other: string) => {
    const next = zoomedIn(filters, one, other, new Date());
    if (next) onChange(next);
  };
  return (
    <figure className="grid gap-2" data-testid="trend">
      <div className="h-64 touch-pan-y select-none sm:h-72">
        <Suspense fallback={<Waiting className="h-full" />}>
          <TrendChart
            rows={rows}
            categories={categories}
            dimension={dimension}
            marked={marked}
            onSelect={dimension === "day" ? select : null}
          />
        </Suspense>
      </div>
      <Legend categories={categories} filters={filters} onChange={onChange} />
      <figcaption className="text-xs text-muted-foreground">
        {dimension === "day" ? "Draw over days, or choose one, to zoom in." : ""}
        {marked.length > 0 ? " ▲ more than the weekday lets expect." : ""}
      </figcaption>
    </figure>
  );
}

function Legend({ categories, filters, onChange }: Props & { categories: string[] }) {
  return (
    <ul className="flex flex-wrap gap-x-1 gap-y-0.5" aria-label="Categories of the chart">
      {categories.map((category) => (
        <li key={category}>
          <button
            type="button"
            aria-pressed={filters.values.category.includes(category)}
            title={`Only ${labelName(category)}`}
            className="flex min-h-7 items-center gap-1.5 rounded-md px-2 text-sm hover:bg-accent aria-pressed:bg-accent"
            onClick={() => {
              onChange(toggled(filters, "category", category));
            }}
          >
            <span className="size-2.5 rounded-xs" style={{ background: colourOf(category) }} aria-hidden />
            {labelName(category)}
          </button>
        </li>
      ))}
    </ul>
  );
}
