import Papa from "papaparse";
import { useMemo } from "react";

import { Button } from "@/components/ui/button";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import type { RowError } from "@/import/upload";
import { whole } from "@/lib/format";

const SHOWN = 100;
/** The row's own column tells its number already. */
const ROW_TOLD = /^row \d+( \(line \d+\))?:? /;

/** Rows that were, or would be, left out, and why; all of them can be taken along as a file. */
export function RowErrors({ errors: found, name }: { errors: readonly RowError[]; name: string }) {
  // They come as the parts of the file are judged, not in its order.
  const errors = useMemo(() => [...found].sort((left, right) => left.row - right.row), [found]);
  if (errors.length === 0) return null;
  return (
    <div className="grid gap-2">
      <div className="max-h-64 overflow-y-auto rounded-md border px-3">
        <Table label="Rows left out">
          <thead>
            <tr>
              <TableHead className="w-20">Row</TableHead>
              <TableHead>Why</TableHead>
            </tr>
          </thead>
          <tbody>
            {errors.slice(0, SHOWN).map(({ row, message }) => (
              <TableRow key={row}>
                <TableCell>{whole(row)}</TableCell>
                <TableCell className="wrap-anywhere">{message.replace(ROW_TOLD, "")}</TableCell>
              </TableRow>
            ))}
          </tbody>
        </Table>
      </div>
      <p className="flex flex-wrap items-center gap-x-3 text-sm text-muted-foreground">
        {errors.length > SHOWN ? <span>The first {SHOWN} are shown.</span> : null}
        <Button
          variant="link"
          onClick={() => {
            save(errors, `${name} errors.csv`);
          }}
        >
          Save all {whole(errors.length)} as CSV
        </Button>
      </p>
    </div>
  );
}

function save(errors: readonly RowError[], name: string): void {
  const rows = errors.map(({ row, message }) => ({ row, message }));
  const address = URL.createObjectURL(new Blob([Papa.unparse(rows, { escapeFormulae: true })], { type: "text/csv" }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  URL.revokeObjectURL(address);
}
