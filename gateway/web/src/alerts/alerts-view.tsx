import type { UseQueryResult } from "@tanstack/react-query";
import { BellOff, Gauge } from "lucide-react";
import type { ReactNode } from "react";

import { useIsAdmin, useReadsMessages } from "@/account/use-me";
import type { Alert, AlertRule } from "@/api/types";
import { NewRuleForm } from "@/alerts/new-rule-form";
import { useAlertChanges, useAlerts, useRules } from "@/alerts/use-alerts";
import { Loaded } from "@/components/loaded";
import { PageHeader } from "@/components/page-header";
import { ProblemNote } from "@/components/problem-note";
import { RecordItem, RecordList } from "@/components/record-list";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { Empty } from "@/components/ui/empty";
import { moment, whole } from "@/lib/format";

/** What fired, and the rules that watch. */
export function AlertsView() {
  const alerts = useAlerts();
  const rules = useRules();
  const changes = useAlertChanges();
  const [acknowledges, changesRules] = [useReadsMessages(), useIsAdmin()];
  const error = changes.acknowledge.error ?? changes.remove.error;
  return (
    <div className="mx-auto grid max-w-5xl grid-cols-[minmax(0,1fr)] gap-4">
      <PageHeader title="Alerts">Rules watch a number and tell when it leaves its bounds.</PageHeader>
      {error ? <ProblemNote error={error} /> : null}
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-2">
        <Listed title="What fired" name="alerts" query={alerts} empty={<Quiet />}>
          {(alert) => (
            <Fired
              key={alert.id}
              alert={alert}
              onAcknowledge={
                acknowledges
                  ? () => {
                      changes.acknowledge.mutate(alert.id);
                    }
                  : null
              }
            />
          )}
        </Listed>
        <Listed title="Rules" name="rules" query={rules} empty={<Unwatched />}>
          {(rule) => (
            <Rule
              key={rule.id}
              rule={rule}
              onRemove={
                changesRules
                  ? () => {
                      changes.remove.mutate(rule.id);
                    }
                  : null
              }
            />
          )}
        </Listed>
      </div>
      {changesRules ? (
        <NewRuleForm
          busy={changes.create.isPending}
          error={changes.create.error}
          onCreate={(rule) => changes.create.mutateAsync(rule)}
        />
      ) : null}
    </div>
  );
}

interface ListedProps<T> {
  title: string;
  name: string;
  query: UseQueryResult<T[]>;
  empty: ReactNode;
  children: (item: T) => ReactNode;
}

/** A card with one record per thing, or with what it means that there is none. */
function Listed<T>({ title, name, query, empty, children }: ListedProps<T>) {
  return (
    <Card>
      <CardTitle>{title}</CardTitle>
      <Loaded query={query}>
        {(items) => (
          <>
            {items.length === 0 ? empty : null}
            <RecordList data-testid={name}>{items.map(children)}</RecordList>
          </>
        )}
      </Loaded>
    </Card>
  );
}

function Quiet() {
  return (
    <Empty>
      <BellOff aria-hidden /> Nothing has fired.
    </Empty>
  );
}

function Unwatched() {
  return (
    <Empty>
      <Gauge aria-hidden /> No number is watched yet.
    </Empty>
  );
}

function Fired({ alert, onAcknowledge }: { alert: Alert; onAcknowledge: (() => void) | null }) {
  const times = [
    alert.started_at ? `since ${moment(alert.started_at)}` : "",
    alert.ended_at ? `until ${moment(alert.ended_at)}` : "",
  ];
  const details = (
    <>
      <p>{alert.summary}</p>
      <p className="text-xs text-muted-foreground">{times.filter(Boolean).join(", ")}</p>
    </>
  );
  return (
    <RecordItem title={alert.rule_name} details={details}>
      <Badge variant={alert.state === "firing" ? "destructive" : "outline"}>{alert.state}</Badge>
      {alert.acknowledged_at ? <Badge>seen</Badge> : null}
      {onAcknowledge && alert.state === "firing" && !alert.acknowledged_at ? (
        <Button size="sm" variant="outline" onClick={onAcknowledge}>
          I look after it
        </Button>
      ) : null}
    </RecordItem>
  );
}

const CONDITIONS: Record<AlertRule["condition"]["kind"], (threshold: number) => string> = {
  above: (threshold) => `more than ${whole(threshold)}`,
  below: (threshold) => `fewer than ${whole(threshold)}`,
  change: (threshold) => `a change of ${whole(Math.round(threshold * 100))} %`,
  spike: () => "more than the hour of the week lets expect",
};

function Rule({ rule, onRemove }: { rule: AlertRule; onRemove: (() => void) | null }) {
  const condition = CONDITIONS[rule.condition.kind](rule.condition.threshold);
  const details = (
    <>
      <p className="text-muted-foreground">
        {condition} in {whole(Math.round(rule.window_seconds / 60))} minutes
      </p>
      {rule.problem ? <p className="text-destructive">{rule.problem}</p> : null}
    </>
  );
  return (
    <RecordItem title={rule.name} details={details}>
      {onRemove ? (
        <Button size="sm" variant="outline" aria-label={`Remove ${rule.name}`} onClick={onRemove}>
          Remove
        </Button>
      ) : null}
    </RecordItem>
  );
}
