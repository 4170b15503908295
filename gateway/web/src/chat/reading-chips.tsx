import { CalendarDays, ChevronDown, Rows3, X } from "lucide-react";
import type { ReactNode } from "react";

import {
  CHIP_FIELDS,
  type ChipField,
  type Grouping,
  type Reading,
  daysOf,
  isEditable,
  questionOf,
  withDays,
  withGrouping,
  withValues,
} from "@/chat/reading";
import { usualPeriods } from "@/chat/periods";
import { Badge } from "@/components/ui/badge";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import type { FilterField } from "@/filters/filters";
import { useVocabulary } from "@/filters/use-vocabulary";
import { cn } from "@/lib/cn";
import { dateSpan, labelName, valueName } from "@/lib/format";

const FIELDS: Record<ChipField, FilterField> = {
  categories: "category",
  intents: "intent",
  sources: "source",
  sentiments: "sentiment",
  languages: "language",
};
const GROUPINGS: readonly Grouping[] = [
  "hour",
  "day",
  "week",
  "month",
  "weekday",
  "category",
  "intent",
  "source",
  "sentiment",
  "language",
];

interface Props {
  reading: Reading;
  /** Asks the edited question; null while that is not possible. */
  onAsk: ((question: string) => void) | null;
}

/** How a question was read, part by part; changing a part asks the question so changed. */
export function ReadingChips({ reading, onAsk }: Props) {
  if (reading.behaviour !== "answer") return null;
  if (!isEditable(reading))
    return (
      <p className="mb-3 text-xs text-muted-foreground" role="group" aria-label="How the question was read">
        {reading.explanation}
      </p>
    );
  const ask = (next: Reading) => onAsk?.(questionOf(next));
  return (
    <div className="mb-3 flex flex-wrap items-center gap-1.5" role="group" aria-label="How the question was read">
      {CHIP_FIELDS.map((field) => (
        <ValuesChip key={field} field={field} reading={reading} disabled={!onAsk} onChange={ask} />
      ))}
      {reading.filters.user_ids.any_of.length > 0 ? <Badge>{reading.filters.user_ids.any_of.join(", ")}</Badge> : null}
      {reading.filters.user_ids.none_of.length > 0 ? (
        <Badge>not {reading.filters.user_ids.none_of.join(", ")}</Badge>
      ) : null}
      {reading.filters.text ? <Badge>“{reading.filters.text}”</Badge> : null}
      <PeriodChip reading={reading} disabled={!onAsk} onChange={ask} />
      <GroupingChip reading={reading} disabled={!onAsk} onChange={ask} />
    </div>
  );
}

interface ChipProps {
  reading: Reading;
  disabled: boolean;
  onChange: (reading: Reading) => void;
}

function ValuesChip({ field, reading, disabled, onChange }: ChipProps & { field: ChipField }) {
  const chosen = reading.filters[field].any_of;
  // A topic is either a category or an intent: the chip of the one that is not in use would only be in the way.
  if (
    chosen.length === 0 &&
    field !== "sources" &&
    !(field === "categories" && reading.filters.intents.any_of.length === 0)
  )
    return null;
  const name = chosen.map((value) => valueName(FIELDS[field], value)).join(" or ");
  const any = field === "sources" ? "all sources" : "all topics";
  return (
    <Chip name={`Change ${FIELDS[field]}`} disabled={disabled} chosen={chosen.length > 0} label={name || any}>
      <ValueItems field={field} reading={reading} onChange={onChange} />
    </Chip>
  );
}

/** The values are asked for when the menu is opened. */
function ValueItems({ field, reading, onChange }: Omit<ChipProps, "disabled"> & { field: ChipField }) {
  const values = useVocabulary()[FIELDS[field]];
  const chosen = reading.filters[field].any_of;
  return (
    <>
      {chosen.length > 0 ? (
        <>
          <DropdownMenuItem
            onSelect={() => {
              onChange(withValues(reading, field, []));
            }}
          >
            <X aria-hidden /> {field === "sources" ? "all sources" : "without this"}
          </DropdownMenuItem>
          <DropdownMenuSeparator />
        </>
      ) : null}
      {values
        .filter((value) => chosen.length !== 1 || chosen[0] !== value)
        .map((value) => (
          <DropdownMenuItem
            key={value}
            onSelect={() => {
              onChange(withValues(reading, field, [value]));
            }}
          >
            {valueName(FIELDS[field], value)}
          </DropdownMenuItem>
        ))}
    </>
  );
}

function PeriodChip({ reading, disabled, onChange }: ChipProps) {
  const days = daysOf(reading.range);
  const compared = daysOf(reading.compare_to);
  const label = `${days ? dateSpan(days.start, days.end) : reading.range ? "open period" : "all time"}${
    compared ? ` vs ${dateSpan(compared.start, compared.end)}` : ""
  }`;
  return (
    <Chip name="Change period" disabled={disabled} chosen label={label} icon={<CalendarDays aria-hidden />}>
      {reading.compare_to ? (
        <>
          <DropdownMenuItem
            onSelect={() => {
              onChange({ ...reading, compare_to: null });
            }}
          >
            <X aria-hidden /> without comparing
          </DropdownMenuItem>
          <DropdownMenuSeparator />
        </>
      ) : null}
      {usualPeriods(new Date()).map((period) => (
        <DropdownMenuItem
          key={period.name}
          className="justify-between gap-6"
          onSelect={() => {
            onChange(withDays(reading, period.days));
          }}
        >
          {period.name}
          <span className="text-xs text-muted-foreground">
            {period.days ? dateSpan(period.days.start, period.days.end) : ""}
          </span>
        </DropdownMenuItem>
      ))}
    </Chip>
  );
}

function GroupingChip({ reading, disabled, onChange }: ChipProps) {
  if (reading.operation !== "stats") return null;
  const by = reading.group_by.map(labelName).join(" and ");
  const top = reading.limit > 0 && by ? `, ${reading.order === "value_asc" ? "lowest" : "top"} ${reading.limit}` : "";
  return (
    <Chip
      name="Change rows"
      disabled={disabled}
      chosen={by !== ""}
      label={by ? `by ${by}${top}` : "in total"}
      icon={<Rows3 aria-hidden />}
    >
      <DropdownMenuItem
        onSelect={() => {
          onChange(withGrouping(reading, null));
        }}
      >
        in total
      </DropdownMenuItem>
      <DropdownMenuSeparator />
      {GROUPINGS.map((grouping) => (
        <DropdownMenuItem
          key={grouping}
          onSelect={() => {
            onChange(withGrouping(reading, grouping));
          }}
        >
          by {labelName(grouping)}
        </DropdownMenuItem>
      ))}
    </Chip>
  );
}

interface ShapeProps {
  /** What the menu behind it changes. */
  name: string;
  label: string;
  chosen: boolean;
  disabled: boolean;
  icon?: ReactNode;
  children: ReactNode;
}

function Chip({ name, label, chosen, disabled, icon, children }: ShapeProps) {
  return (
    <DropdownMenu>
      <DropdownMenuTrigger
        disabled={disabled}
        aria-label={`${name}: ${label}`}
        className={cn(
          "inline-flex min-h-7 items-center gap-1.5 rounded-full border px-2.5 text-xs hover:border-primary disabled:pointer-events-none [&_svg]:size-3.5",
          chosen ? "border-primary/40 bg-accent" : "text-muted-foreground",
        )}
      >
        {icon}
        {label}
        <ChevronDown aria-hidden />
      </DropdownMenuTrigger>
      <DropdownMenuContent align="start">{children}</DropdownMenuContent>
    </DropdownMenu>
  );
}
