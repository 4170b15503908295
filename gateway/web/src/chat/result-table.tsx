import type { Stats } from "@/api/types";
import { keyName, labelName, measured } from "@/lib/format";

/** The rows of a result as a table. */
export function ResultTable({ stats }: { stats: Stats }) {
  const dimensions = stats.query.group_by;
  const compared = stats.rows.some((row) => row.compare_value != null);
  return (
    <div role="region" aria-label="Table of the numbers" tabIndex={0} className="mt-2 max-h-72 overflow-auto">
      <table className="w-full text-sm tabular-nums">
        <thead className="text-left text-muted">
          <tr>
            {dimensions.map((dimension) => (
              <th key={dimension} scope="col" className="py-1 pr-4 font-medium">
                {labelName(dimension)}
              </th>
            ))}
            <th scope="col" className="py-1 pr-4 text-right font-medium">
              {labelName(stats.measure)}
            </th>
            {compared ? (
              <th scope="col" className="py-1 text-right font-medium">
                before
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {stats.rows.map((row) => (
            <tr key={Object.values(row.keys).join("|")} className="border-t">
              {dimensions.map((dimension) => (
                <td key={dimension} className="py-1 pr-4">
                  {keyName(dimension, row.keys[dimension] ?? "")}
                </td>
              ))}
              <td className="py-1 pr-4 text-right">{measured(row.value, stats.measure)}</td>
              {compared ? (
                <td className="py-1 text-right">
                  {row.compare_value == null ? "" : measured(row.compare_value, stats.measure)}
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
