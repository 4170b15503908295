import { ArrowDown, ArrowRight, ArrowUp } from "lucide-react";

import { Card } from "@/components/ui/card";
import { type Filters, narrowed } from "@/filters/filters";
import { whole } from "@/lib/format";
import { MessagesLink } from "@/messages/messages-link";
import { figureOf, percentOf, type Figure as FigureValue } from "@/overview/figure";
import { useStats } from "@/overview/use-stats";

/** How many messages and people, and how many were unhappy, against the period before. */
export function Totals({ filters }: { filters: Filters }) {
  const messages = useStats(filters, { group_by: ["category"] }, { compared: true });
  const people = useStats(filters, { measure: "unique_users" }, { compared: true });
  const moods = useStats(filters, { group_by: ["sentiment"] }, { compared: true });
  const unhappy = moods.data?.rows.find(({ keys }) => keys["sentiment"] === "negative");
  const negative = moods.data && {
    ...figureOf(moods.data),
    value: unhappy?.value ?? 0,
    before: unhappy?.compare_value ?? 0,
  };
  return (
    <div className="grid grid-cols-2 gap-3 sm:gap-4 lg:grid-cols-3">
      <Figure name="messages" filters={filters} figure={messages.data && figureOf(messages.data)} testId="total" />
      <Figure name="people" filters={filters} figure={people.data && figureOf(people.data)} testId="people" />
      <Figure
        name="negative messages"
        filters={narrowed(filters, "sentiment", "negative")}
        figure={negative}
        testId="negative"
        className="max-lg:col-span-2"
      />
    </div>
  );
}

interface FigureProps {
  name: string;
  filters: Filters;
  figure: FigureValue | undefined;
  testId: string;
  className?: string;
}

function Figure({ name, filters, figure, testId, className }: FigureProps) {
  return (
    <MessagesLink filters={filters} {...(className ? { className } : {})}>
      <Card className="grid h-full content-start gap-0.5 hover:border-primary/50">
        <p className="text-sm text-muted-foreground first-letter:uppercase">{name}</p>
        <p className="text-3xl font-semibold tracking-tight tabular-nums" data-testid={testId}>
          {figure ? whole(figure.value) : "…"}
        </p>
        <p className="flex min-h-5 items-center gap-1 text-sm text-muted-foreground">
          {figure ? <Change {...figure} /> : null}
        </p>
      </Card>
    </MessagesLink>
  );
}

function Change(figure: FigureValue) {
  const { before, since } = figure;
  const percent = percentOf(figure);
  if (percent === undefined)
    return `${before ? whole(before) : "none"} in the period before${since ? `; the first message came on ${since}` : ""}`;
  const Arrow = percent === 0 ? ArrowRight : percent > 0 ? ArrowUp : ArrowDown;
  const words = percent === 0 ? "as many" : `${whole(Math.abs(percent))} % ${percent > 0 ? "more" : "fewer"}`;
  return (
    <>
      <Arrow className="size-4 shrink-0 text-foreground" aria-hidden />
      <span className="min-w-0">
        <span className="font-medium text-foreground">{words}</span> {percent === 0 ? "as" : "than"} {whole(before)} before
      </span>
    </>
  );
}
