import type { Stats } from "@/api/types";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { keyName, labelName, measured } from "@/lib/format";

/** The rows of a result as a table. */
export function ResultTable({ stats }: { stats: Stats }) {
  const dimensions = stats.query.group_by;
  const compared = stats.rows.some((row) => row.compare_value != null);
  return (
    <div className="mt-2 max-h-72 overflow-y-auto">
      <Table label="Table of the numbers">
        <thead>
          <tr>
            {dimensions.map((dimension) => (
              <TableHead key={dimension}>{labelName(dimension)}</TableHead>
            ))}
            <TableHead className="text-right">{labelName(stats.measure)}</TableHead>
            {compared ? <TableHead className="text-right">before</TableHead> : null}
          </tr>
        </thead>
        <tbody>
          {stats.rows.map((row) => (
            <TableRow key={Object.values(row.keys).join("|")}>
              {dimensions.map((dimension) => (
                <TableCell key={dimension}>{keyName(dimension, row.keys[dimension] ?? "")}</TableCell>
              ))}
              <TableCell className="text-right">{measured(row.value, stats.measure)}</TableCell>
              {compared ? (
                <TableCell className="text-right">
                  {row.compare_value == null ? "" : measured(row.compare_value, stats.measure)}
                </TableCell>
              ) : null}
            </TableRow>
          ))}
        </tbody>
      </Table>
    </div>
  );
}
