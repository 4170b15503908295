import { Link } from "react-router";

import { Loaded, Waiting } from "@/components/loaded";
import { Card, CardTitle } from "@/components/ui/card";
import { type Filters, writeFilters } from "@/filters/filters";
import { labelName, moment, whole } from "@/lib/format";
import { useIncidents } from "@/overview/use-stats";

/** The address of the messages that say nearly the same. */
function alike(filters: Filters, text: string): string {
  const parameters = writeFilters(filters);
  parameters.set("text", text.slice(0, 1000));
  return parameters.toString();
}

/** One thing that happened, told by many in nearly the same words. */
export function Incidents({ filters }: { filters: Filters }) {
  const query = useIncidents(filters);
  return (
    <Card>
      <CardTitle>Told by many</CardTitle>
      <Loaded query={query} waiting={<Waiting className="h-12" />}>
        {({ incidents }) => (
          <>
            {incidents.length === 0 ? (
              <p className="text-sm text-muted-foreground">No three messages tell of the same thing.</p>
            ) : null}
            <ul className="grid gap-3 text-sm" data-testid="incidents">
              {incidents.map((incident) => (
                <li key={incident.id} className="grid gap-0.5">
                  <Link
                    to={{ pathname: "/app/messages", search: alike(filters, incident.exemplar.text) }}
                    className="line-clamp-2 rounded-sm wrap-anywhere hover:underline"
                  >
                    “{incident.exemplar.text}”
                  </Link>
                  <p className="text-xs text-muted-foreground">
                    {whole(incident.messages)} messages of {whole(incident.users)} people
                    {incident.category ? `, ${labelName(incident.category)}` : ""}
                    {incident.last_seen ? `, last ${moment(incident.last_seen)}` : ""}
                  </p>
                </li>
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </Card>
  );
}
