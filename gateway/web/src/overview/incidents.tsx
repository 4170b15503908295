import { ProblemNote } from "@/components/problem-note";
import { Card, CardTitle } from "@/components/ui/card";
import type { Filters } from "@/filters/filters";
import { labelName, moment, whole } from "@/lib/format";
import { useIncidents } from "@/overview/use-stats";

/** One thing that happened, told by many in nearly the same words. */
export function Incidents({ filters }: { filters: Filters }) {
  const { data, error } = useIncidents(filters);
  return (
    <Card>
      <CardTitle>Told by many</CardTitle>
      {error ? <ProblemNote error={error} /> : null}
      {data?.incidents.length === 0 ? (
        <p className="text-sm text-muted">No three messages tell of the same thing.</p>
      ) : null}
      <ul className="grid gap-3 text-sm" data-testid="incidents">
        {data?.incidents.map((incident) => (
          <li key={incident.id} className="grid gap-0.5">
            <p className="line-clamp-2 wrap-anywhere">“{incident.exemplar.text}”</p>
            <p className="text-xs text-muted">
              {whole(incident.messages)} messages of {whole(incident.users)} people
              {incident.category ? `, ${labelName(incident.category)}` : ""}
              {incident.last_seen ? `, last ${moment(incident.last_seen)}` : ""}
            </p>
          </li>
        ))}
      </ul>
    </Card>
  );
}
