import { type KeyboardEvent, useRef, useState } from "react";

import { Loaded } from "@/components/loaded";
import { Card, CardTitle } from "@/components/ui/card";
import { type Filters, narrowed } from "@/filters/filters";
import { labelName, valueName, whole } from "@/lib/format";
import { MessagesLink } from "@/messages/messages-link";
import { HOURS, type HeatCell, heatOf, stepped } from "@/overview/hours";
import { useStats } from "@/overview/use-stats";

/** When people write: hours of the day by days of the week, each leading to its messages. */
export function HeatMap({ filters }: { filters: Filters }) {
  const query = useStats(filters, { group_by: ["weekday", "hour"] });
  return (
    <Card>
      <CardTitle>Hours of the week</CardTitle>
      <Loaded query={query}>
        {(data) => (
          <div role="region" aria-label="Hours of the week" tabIndex={0} className="relative overflow-x-auto">
            <table className="w-full min-w-2xl table-fixed border-separate border-spacing-0.5 text-xs">
              <thead>
                <tr>
                  <th scope="col" className="w-20 text-left font-normal">
                    <span className="sr-only">Day</span>
                  </th>
                  {HOURS.map((hour) => (
                    <th key={hour} scope="col" className="font-normal text-muted-foreground">
                      {Number(hour) % 3 === 0 ? Number(hour) : <span className="sr-only">{Number(hour)}</span>}
                    </th>
                  ))}
                </tr>
              </thead>
              <Days rows={heatOf(data)} filters={filters} />
            </table>
          </div>
        )}
      </Loaded>
    </Card>
  );
}

/** The cells. One of them is a stop of the Tab key; from there the arrows lead to the others. */
function Days({ rows, filters }: { rows: HeatCell[][]; filters: Filters }) {
  const [stop, setStop] = useState<readonly [number, number]>([0, 0]);
  const body = useRef<HTMLTableSectionElement>(null);
  const step = (event: KeyboardEvent) => {
    const next = stepped(stop, event.key);
    if (next === null) return;
    event.preventDefault();
    setStop(next);
    body.current?.rows[next[0]]?.cells[next[1] + 1]?.querySelector("a")?.focus();
  };
  return (
    <tbody ref={body}>
      {rows.map((cells, day) => {
        const name = labelName(cells[0]?.weekday ?? "");
        return (
          <tr key={name}>
            <th scope="row" className="text-left font-normal text-muted-foreground capitalize">
              {name}
            </th>
            {cells.map((cell, hour) => (
              <Cell
                key={cell.hour}
                cell={cell}
                filters={filters}
                isStop={stop[0] === day && stop[1] === hour}
                onKeyDown={step}
                onFocus={() => {
                  setStop([day, hour]);
                }}
              />
            ))}
          </tr>
        );
      })}
    </tbody>
  );
}

interface CellProps {
  cell: HeatCell;
  filters: Filters;
  isStop: boolean;
  onFocus: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

function Cell({ cell: { weekday, hour, value, heat }, filters, isStop, ...handlers }: CellProps) {
  const its = narrowed(narrowed(filters, "weekday", weekday), "hour", String(Number(hour)));
  return (
    <td className="h-6 rounded-sm bg-muted p-0" title={`${labelName(weekday)} ${hour}:00, ${whole(value)}`}>
      <MessagesLink
        filters={its}
        className="block size-full rounded-sm"
        tabIndex={isStop ? 0 : -1}
        aria-label={`${labelName(weekday)} ${valueName("hour", hour)}, ${whole(value)} messages`}
        {...handlers}
      >
        <span className="block h-full rounded-sm bg-primary" style={{ opacity: heat }} />
        <span className="sr-only">{whole(value)}</span>
      </MessagesLink>
    </td>
  );
}
