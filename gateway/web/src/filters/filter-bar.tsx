import { ChevronDown, SlidersHorizontal, X } from "lucide-react";
import { type ReactNode, useState } from "react";

import { InputField } from "@/components/form-field";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuCheckboxItem,
  DropdownMenuContent,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { Label } from "@/components/ui/label";
import {
  FIELDS,
  type FilterField,
  type Filters,
  PERIODS,
  type PeriodDays,
  cleared,
  isNarrowed,
  localDates,
  toggled,
} from "@/filters/filters";
import { SavedViews } from "@/filters/saved-views";
import { useVocabulary } from "@/filters/use-vocabulary";
import { dateSpan, valueName } from "@/lib/format";

const NAMES: Record<FilterField, string> = {
  category: "Category",
  intent: "Intent",
  source: "Source",
  sentiment: "Sentiment",
  language: "Language",
  hour: "Hour",
  weekday: "Weekday",
};

interface Props {
  filters: Filters;
  onChange: (next: Filters) => void;
}

/** Period and filters in force; what is chosen stands in the address bar. `children` stand among the choices. */
export function FilterBar({ filters, onChange, children }: Props & { children?: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <Periods filters={filters} onChange={onChange} />
        <Button
          size="sm"
          variant="outline"
          aria-expanded={open}
          onClick={() => {
            setOpen(!open);
          }}
        >
          <SlidersHorizontal aria-hidden /> Filters
        </Button>
        <SavedViews filters={filters} onChange={onChange} />
        {children}
        {isNarrowed(filters) ? <InForce filters={filters} onChange={onChange} /> : null}
      </div>
      {open ? <Choices filters={filters} onChange={onChange} /> : null}
    </div>
  );
}

function Periods({ filters, onChange }: Props) {
  return (
    <div role="group" aria-label="Period" className="flex flex-wrap gap-0.5 rounded-md border bg-card p-0.5">
      {Object.entries(PERIODS).map(([days, name]) => {
        const chosen = filters.custom === null && filters.days === days;
        return (
          <Button
            key={days}
            size="sm"
            className="h-7 px-2.5"
            variant={chosen ? "default" : "ghost"}
            aria-pressed={chosen}
            onClick={() => {
              onChange({ ...filters, days: days as PeriodDays, custom: null });
            }}
          >
            {name}
          </Button>
        );
      })}
      {filters.custom ? (
        <span className="flex h-7 items-center rounded-md bg-primary px-2.5 text-sm font-medium text-primary-foreground">
          {dateSpan(filters.custom.start, filters.custom.end)}
        </span>
      ) : null}
    </div>
  );
}

function Choices({ filters, onChange }: Props) {
  const vocabulary = useVocabulary();
  return (
    <div className="grid grid-cols-2 gap-3 rounded-xl border bg-card p-4 sm:grid-cols-3 lg:grid-cols-5">
      <CustomDates filters={filters} onChange={onChange} />
      {FIELDS.map((field) => (
        <ValueMenu
          key={field}
          field={field}
          values={[...new Set([...vocabulary[field], ...filters.values[field]])]}
          chosen={filters.values[field]}
          onToggle={(value) => {
            onChange(toggled(filters, field, value));
          }}
        />
      ))}
    </div>
  );
}

interface MenuProps {
  field: FilterField;
  values: string[];
  chosen: string[];
  onToggle: (value: string) => void;
}

function ValueMenu({ field, values, chosen, onToggle }: MenuProps) {
  const shown = chosen.map((value) => valueName(field, value)).join(", ") || "any";
  return (
    <div className="grid min-w-0 content-start gap-1.5">
      <Label asChild>
        <span>{NAMES[field]}</span>
      </Label>
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button
            variant="outline"
            className="w-full justify-between border-input px-3 font-normal"
            aria-label={`${NAMES[field]}: ${shown}`}
          >
            <span className="truncate">{shown}</span>
            <ChevronDown className="text-muted-foreground" aria-hidden />
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent align="start">
          {values.length === 0 ? <p className="px-2 py-1.5 text-sm text-muted-foreground">none yet</p> : null}
          {values.map((value) => (
            <DropdownMenuCheckboxItem
              key={value}
              checked={chosen.includes(value)}
              onSelect={(event) => {
                // Several may be chosen, so that the menu stays.
                event.preventDefault();
                onToggle(value);
              }}
            >
              {valueName(field, value)}
            </DropdownMenuCheckboxItem>
          ))}
        </DropdownMenuContent>
      </DropdownMenu>
    </div>
  );
}

function CustomDates({ filters, onChange }: Props) {
  const shown = localDates(filters, new Date());
  const change = (part: Partial<typeof shown>) => {
    const custom = { ...shown, ...part };
    if (custom.start && custom.end && custom.start <= custom.end) onChange({ ...filters, custom });
  };
  return (
    <>
      <InputField
        label="From"
        type="date"
        max={shown.end}
        value={shown.start}
        onChange={({ target }) => {
          change({ start: target.value });
        }}
      />
      <InputField
        label="To"
        type="date"
        min={shown.start}
        value={shown.end}
        onChange={({ target }) => {
          change({ end: target.value });
        }}
      />
    </>
  );
}

function InForce({ filters, onChange }: Props) {
  const chosen = FIELDS.flatMap((field) => filters.values[field].map((value) => ({ field, value })));
  return (
    <ul aria-label="Filters in force" className="flex flex-wrap items-center gap-1.5">
      {chosen.map(({ field, value }) => (
        <li key={`${field} ${value}`}>
          <button
            type="button"
            className="flex min-h-8 items-center gap-1.5 rounded-full border border-primary/30 bg-accent px-3 text-sm hover:border-primary"
            aria-label={`Remove ${NAMES[field]} ${valueName(field, value)}`}
            onClick={() => {
              onChange(toggled(filters, field, value));
            }}
          >
            {valueName(field, value)} <X className="size-3.5" aria-hidden />
          </button>
        </li>
      ))}
      <li>
        <Button
          size="sm"
          variant="ghost"
          onClick={() => {
            onChange(cleared(filters));
          }}
        >
          Clear
        </Button>
      </li>
    </ul>
  );
}
