import { History } from "lucide-react";
import { type SubmitEvent, useMemo, useState } from "react";

import { InputField, SelectField } from "@/components/form-field";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Card, CardDescription, CardTitle } from "@/components/ui/card";
import { type Mapping, ROLES, type Role, TIME_FORMATS, guessed, guessedFormat, isExport } from "@/import/columns";
import { DryRun } from "@/import/dry-run-card";
import type { Sample } from "@/import/reading";
import { SampleTable } from "@/import/sample-table";
import { type Plan, knownPlan } from "@/import/plans";
import { moment, zone } from "@/lib/format";
import { newId } from "@/lib/new-id";

interface Props {
  file: File;
  sample: Sample;
}

/** Which column holds what, with the first rows to judge it by; then the dry run, and from there the import. */
export function MappingForm({ file, sample }: Props) {
  const [begun, setBegun] = useState(() => knownPlan(file));
  const [plan, setPlan] = useState<Plan>(() => begun ?? freshPlan(sample));
  const [tried, setTried] = useState(false);
  const locked = begun !== null || plan.fromExport === true;
  const change = (part: Partial<Plan>) => {
    setTried(false);
    setPlan((now) => ({ ...now, ...part }));
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
  };
  return (
    <>
      {begun ? (
        <Known
          plan={begun}
          onAnew={() => {
            setBegun(null);
            setTried(false);
            setPlan(freshPlan(sample));
          }}
        />
      ) : null}
      <Card>
        <CardTitle className="mb-1">Columns</CardTitle>
        <CardDescription className="mb-4">
          {plan.fromExport
            ? "An export of Earshot: its columns are known, and messages that are still here are not stored again."
            : "What each column holds. Only the text is needed."}
        </CardDescription>
        <form className="grid grid-cols-[minmax(0,1fr)] gap-4" onSubmit={submit}>
          <Columns
            columns={sample.columns}
            mapping={plan.mapping}
            locked={locked}
            onChange={(mapping) => {
              change({ mapping });
            }}
          />
          <div className="grid gap-3 border-t pt-4 sm:grid-cols-2 lg:grid-cols-3">
            <SelectField
              label="Times are written"
              value={plan.timeFormat}
              disabled={locked || !plan.mapping.timestamp_column}
              onChange={({ target }) => {
                change({ timeFormat: target.value });
              }}
            >
              {Object.entries(TIME_FORMATS).map(([format, { name }]) => (
                <option key={format} value={format}>
                  {name}
                </option>
              ))}
            </SelectField>
            <InputField
              label="Time zone of the file"
              required
              disabled={locked}
              value={plan.timeZone}
              onChange={({ target }) => {
                change({ timeZone: target.value });
              }}
            />
            <InputField
              label="Source of rows without one"
              required
              maxLength={64}
              pattern="[a-z0-9_\-]+"
              title="Lower-case letters, digits, _ and -"
              disabled={locked}
              value={plan.source}
              onChange={({ target }) => {
                change({ source: target.value });
              }}
            />
          </div>
          <SampleTable sample={sample} mapping={plan.mapping} />
          <Button
            type="submit"
            variant={tried ? "outline" : "default"}
            className="w-fit"
            disabled={!plan.mapping.text_column}
          >
            Try it, store nothing
          </Button>
        </form>
      </Card>
      {tried ? <DryRun file={file} plan={plan} goesOn={begun !== null && !begun.ended} /> : null}
    </>
  );
}

function Known({ plan, onAnew }: { plan: Plan; onAnew: () => void }) {
  const begun = moment(plan.startedAt);
  return (
    <Alert variant="warning" role="status">
      <div className="flex flex-wrap items-center gap-2">
        <History className="size-4 shrink-0" aria-hidden />
        {plan.ended ? (
          <>
            <span>This file was imported {begun}. The same import again stores no row twice.</span>
            <Button size="sm" variant="outline" onClick={onAnew}>
              Import it otherwise
            </Button>
          </>
        ) : (
          <span>This file was begun {begun} and did not come to its end. It goes on where it was.</span>
        )}
      </div>
    </Alert>
  );
}

function freshPlan(sample: Sample): Plan {
  const mapping = guessed(sample.columns);
  const times = sample.rows.map(({ values }) => values[mapping.timestamp_column] ?? "");
  return {
    importId: newId(),
    startedAt: new Date().toISOString(),
    mapping,
    timeFormat: guessedFormat(times),
    delimiter: sample.delimiter,
    timeZone: zone(),
    source: "import",
    fromExport: isExport(sample.columns),
  };
}

interface ColumnsProps {
  columns: string[];
  mapping: Mapping;
  locked: boolean;
  onChange: (mapping: Mapping) => void;
}

function Columns({ columns, mapping, locked, onChange }: ColumnsProps) {
  const roles = useMemo(() => Object.entries(ROLES) as [Role, string][], []);
  return (
    <div className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-4">
      {roles.map(([role, name]) => (
        <SelectField
          key={role}
          label={name}
          value={mapping[role]}
          required={role === "text_column"}
          disabled={locked}
          onChange={({ target }) => {
            onChange({ ...mapping, [role]: target.value });
          }}
        >
          <option value="">{role === "text_column" ? "choose …" : "not in the file"}</option>
          {columns.map((column) => (
            <option key={column} value={column}>
              {column}
            </option>
          ))}
        </SelectField>
      ))}
    </div>
  );
}
