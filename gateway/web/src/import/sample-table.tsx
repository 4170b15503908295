import { Badge } from "@/components/ui/badge";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { type Mapping, ROLES, type Role } from "@/import/columns";
import type { Sample } from "@/import/reading";

const SHOWN_ROWS = 4;

/** The first rows of a file, each column with what it is taken for. */
export function SampleTable({ sample, mapping }: { sample: Sample; mapping: Mapping }) {
  const roleOf = (column: string) => (Object.keys(ROLES) as Role[]).find((role) => mapping[role] === column);
  return (
    <Table label="First rows of the file" className="text-xs">
      <thead>
        <tr>
          {sample.columns.map((column) => {
            const role = roleOf(column);
            return (
              <TableHead key={column} className="align-top">
                <span className="block">{column}</span>
                {role ? (
                  <Badge variant="accent" className="px-2 py-0">
                    {ROLES[role]}
                  </Badge>
                ) : (
                  <span className="font-normal">left out</span>
                )}
              </TableHead>
            );
          })}
        </tr>
      </thead>
      <tbody>
        {sample.rows.slice(0, SHOWN_ROWS).map((row) => (
          <TableRow key={row.number}>
            {sample.columns.map((column) => (
              <TableCell key={column} className="max-w-64 truncate">
                {row.values[column] ?? ""}
              </TableCell>
            ))}
          </TableRow>
        ))}
      </tbody>
    </Table>
  );
}
