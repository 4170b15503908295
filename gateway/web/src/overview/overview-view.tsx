import { useReadsMessages } from "@/account/use-me";
import { PageHeader } from "@/components/page-header";
import { WhenSeen } from "@/components/when-seen";
import { FilterBar } from "@/filters/filter-bar";
import type { Filters } from "@/filters/filters";
import { useFilters } from "@/filters/use-filters";
import { cn } from "@/lib/cn";
import { Breakdown } from "@/overview/breakdown";
import { HeatMap } from "@/overview/heat-map";
import { Incidents } from "@/overview/incidents";
import { Spikes } from "@/overview/spikes";
import { Totals } from "@/overview/totals";
import { Trend } from "@/overview/trend";
import { useStats } from "@/overview/use-stats";

/** How many messages, of what, from where and when; every figure leads to its messages. */
export function OverviewView() {
  const [filters, setFilters] = useFilters();
  const readsMessages = useReadsMessages();
  // Numbers of the choice before stand until those of the new one have come; they must not be taken for them.
  const { isPlaceholderData: old } = useStats(filters, { group_by: ["category"] }, { compared: true });
  return (
    <div className="mx-auto grid max-w-7xl grid-cols-[minmax(0,1fr)] gap-3 sm:gap-4">
      <PageHeader title="Overview" />
      <FilterBar filters={filters} onChange={setFilters} />
      <div
        aria-busy={old}
        data-testid="figures"
        className={cn("grid grid-cols-[minmax(0,1fr)] gap-3 sm:gap-4", old && "opacity-50 transition-opacity delay-200")}
      >
        <Figures filters={filters} onChange={setFilters} readsMessages={readsMessages} />
      </div>
    </div>
  );
}

interface FiguresProps {
  filters: Filters;
  onChange: (next: Filters) => void;
  readsMessages: boolean;
}

function Figures({ filters, onChange, readsMessages }: FiguresProps) {
  return (
    <>
      <Totals filters={filters} />
      <Trend filters={filters} onChange={onChange} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-3 sm:gap-4 lg:grid-cols-2">
        <Breakdown title="Categories" field="category" filters={filters} compared />
        <div className="grid grid-cols-[minmax(0,1fr)] gap-3 sm:gap-4">
          <Spikes filters={filters} />
          {readsMessages ? <Incidents filters={filters} /> : null}
        </div>
      </div>
      <WhenSeen>
        <HeatMap filters={filters} />
      </WhenSeen>
      <WhenSeen>
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-3 sm:gap-4 md:grid-cols-2 xl:grid-cols-3">
          <Breakdown title="Sentiment" field="sentiment" filters={filters} compared />
          <Breakdown title="Sources" field="source" filters={filters} />
          <Breakdown title="Languages" field="language" filters={filters} />
        </div>
      </WhenSeen>
    </>
  );
}
