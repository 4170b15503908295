import { SlidersHorizontal, X } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { Field, inputStyle } from "@/components/ui/field";
import {
  FIELDS,
  type FilterField,
  type Filters,
  PERIODS,
  type PeriodDays,
  cleared,
  isNarrowed,
  periodsOf,
  toggled,
} from "@/filters/filters";
import { useVocabulary } from "@/filters/use-vocabulary";
import { labelName } from "@/lib/format";

const NAMES: Record<FilterField, string> = {
  category: "Category",
  intent: "Intent",
  source: "Source",
  sentiment: "Sentiment",
  language: "Language",
};

interface Props {
  filters: Filters;
  onChange: (next: Filters) => void;
}

/** Period and filters in force; what is chosen stands in the address bar. */
export function FilterBar({ filters, onChange }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <Periods filters={filters} onChange={onChange} />
        <Button
          size="small"
          variant="outline"
          aria-expanded={open}
          onClick={() => {
            setOpen(!open);
          }}
        >
          <SlidersHorizontal aria-hidden /> Filters
        </Button>
      </div>
      {open ? <Choices filters={filters} onChange={onChange} /> : null}
      {isNarrowed(filters) ? <InForce filters={filters} onChange={onChange} /> : null}
    </div>
  );
}

function Periods({ filters, onChange }: Props) {
  return (
    <div role="group" aria-label="Period" className="flex flex-wrap gap-1">
      {Object.entries(PERIODS).map(([days, name]) => {
        const chosen = filters.custom === null && filters.days === days;
        return (
          <Button
            key={days}
            size="small"
            variant={chosen ? "primary" : "outline"}
            aria-pressed={chosen}
            onClick={() => {
              onChange({ ...filters, days: days as PeriodDays, custom: null });
            }}
          >
            {name}
          </Button>
        );
      })}
    </div>
  );
}

function Choices({ filters, onChange }: Props) {
  const vocabulary = useVocabulary();
  return (
    <div className="grid grid-cols-2 gap-3 rounded-xl border bg-surface p-4 sm:grid-cols-3 lg:grid-cols-6">
      <CustomDates filters={filters} onChange={onChange} />
      {FIELDS.filter((field) => vocabulary[field].length > 0).map((field) => (
        <label key={field} className="grid gap-1.5 text-sm font-medium">
          {NAMES[field]}
          <select
            className={inputStyle}
            value=""
            onChange={({ target }) => {
              if (target.value) onChange(toggled(filters, field, target.value));
            }}
          >
            <option value="">any</option>
            {vocabulary[field].map((value) => (
              <option key={value} value={value}>
                {filters.values[field].includes(value) ? `✓ ${labelName(value)}` : labelName(value)}
              </option>
            ))}
          </select>
        </label>
      ))}
    </div>
  );
}

function CustomDates({ filters, onChange }: Props) {
  const shown = filters.custom ?? datesOf(filters);
  const change = (part: Partial<typeof shown>) => {
    const custom = { ...shown, ...part };
    if (custom.start && custom.end && custom.start <= custom.end) onChange({ ...filters, custom });
  };
  return (
    <>
      <Field
        label="From"
        type="date"
        max={shown.end}
        value={shown.start}
        onChange={({ target }) => {
          change({ start: target.value });
        }}
      />
      <Field
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

/** The local dates of the period, both included. */
function datesOf(filters: Filters): { start: string; end: string } {
  const now = new Date();
  const local = (date: Date) =>
    [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
  return { start: local(new Date(periodsOf(filters, now).range.start)), end: local(now) };
}

function InForce({ filters, onChange }: Props) {
  const chosen = FIELDS.flatMap((field) => filters.values[field].map((value) => ({ field, value })));
  return (
    <ul aria-label="Filters in force" className="flex flex-wrap items-center gap-2">
      {chosen.map(({ field, value }) => (
        <li key={`${field} ${value}`}>
          <button
            type="button"
            className="flex items-center gap-1 rounded-full border bg-accent-soft px-3 py-1 text-sm hover:opacity-80"
            aria-label={`Remove ${NAMES[field]} ${labelName(value)}`}
            onClick={() => {
              onChange(toggled(filters, field, value));
            }}
          >
            {labelName(value)} <X className="size-3.5" aria-hidden />
          </button>
        </li>
      ))}
      <li>
        <Button
          size="small"
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
