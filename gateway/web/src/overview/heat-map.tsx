import { Loaded } from "@/components/loaded";
import { Card, CardTitle } from "@/components/ui/card";
import type { Filters } from "@/filters/filters";
import { labelName, whole } from "@/lib/format";
import { HOURS, type HeatCell, heatOf } from "@/overview/hours";
import { useStats } from "@/overview/use-stats";

/** When people write: hours of the day by days of the week. */
export function HeatMap({ filters }: { filters: Filters }) {
  const query = useStats(filters, { group_by: ["weekday", "hour"] });
  return (
    <Card>
      <CardTitle>Hours of the week</CardTitle>
      <Loaded query={query}>
        {(data) => (
          <div role="region" aria-label="Hours of the week" tabIndex={0} className="relative overflow-x-auto">
            <table className="w-full min-w-xl table-fixed border-separate border-spacing-0.5 text-xs">
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
              <tbody>
                {heatOf(data).map((cells) => (
                  <Day key={cells[0]?.weekday} cells={cells} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
    </Card>
  );
}

function Day({ cells }: { cells: HeatCell[] }) {
  const name = labelName(cells[0]?.weekday ?? "");
  return (
    <tr>
      <th scope="row" className="text-left font-normal text-muted-foreground capitalize">
        {name}
      </th>
      {cells.map(({ hour, value, heat }) => (
        <td key={hour} className="h-6 rounded-sm bg-muted p-0" title={`${name} ${hour}:00, ${whole(value)}`}>
          <div className="h-full rounded-sm bg-primary" style={{ opacity: heat }} />
          <span className="sr-only">{whole(value)}</span>
        </td>
      ))}
    </tr>
  );
}
