import { Loaded, Waiting } from "@/components/loaded";
import { Card, CardTitle } from "@/components/ui/card";
import { type Filters, localDate, narrowed } from "@/filters/filters";
import { dateSpan, labelName, whole } from "@/lib/format";
import { MessagesLink } from "@/messages/messages-link";
import { useSpikes } from "@/overview/use-stats";
import { withoutSpikes } from "@/overview/without-spikes";

/** Days with more messages than their weekday lets expect. */
export function Spikes({ filters }: { filters: Filters }) {
  const query = useSpikes(filters);
  return (
    <Card>
      <CardTitle>What stands out</CardTitle>
      <Loaded query={query} waiting={<Waiting className="h-12" />}>
        {({ spikes, judged }) => (
          <>
            {spikes.length === 0 ? <p className="text-sm text-muted-foreground">{withoutSpikes(judged)}</p> : null}
            <ul className="grid gap-1 text-sm" data-testid="spikes">
              {spikes.slice(0, 6).map((spike) => {
                const day = localDate(new Date(spike.start));
                const there = narrowed({ ...filters, custom: { start: day, end: day } }, "category", spike.key ?? "");
                return (
                  <li key={`${spike.key} ${spike.start}`}>
                    <MessagesLink
                      filters={there}
                      className="flex flex-wrap justify-between gap-x-3 rounded-md px-1 py-1 hover:bg-accent"
                    >
                      <span>
                        {labelName(spike.key ?? "all")}, {dateSpan(day, day)}
                      </span>
                      <span className="tabular-nums">
                        {whole(spike.seen)}{" "}
                        <span className="text-muted-foreground">
                          about {whole(Math.round(spike.expected))} expected
                        </span>
                      </span>
                    </MessagesLink>
                  </li>
                );
              })}
            </ul>
          </>
        )}
      </Loaded>
    </Card>
  );
}
