import type { Alert, AlertRule } from "@/api/types";
import { NewRuleForm } from "@/alerts/new-rule-form";
import { useAlertChanges, useAlerts, useRules } from "@/alerts/use-alerts";
import { Loading } from "@/components/loading";
import { ProblemNote } from "@/components/problem-note";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { moment, whole } from "@/lib/format";

/** What fired, and the rules that watch. */
export function AlertsView() {
  const alerts = useAlerts();
  const rules = useRules();
  const changes = useAlertChanges();
  const error = alerts.error ?? rules.error ?? changes.acknowledge.error ?? changes.remove.error;
  return (
    <div className="mx-auto grid max-w-4xl grid-cols-[minmax(0,1fr)] gap-4">
      <h1 className="text-2xl font-semibold">Alerts</h1>
      {error ? <ProblemNote error={error} /> : null}
      <Card>
        <CardTitle>What fired</CardTitle>
        {alerts.isPending ? <Loading /> : null}
        {alerts.data?.length === 0 ? <p className="text-sm text-muted">Nothing has fired.</p> : null}
        <ul className="grid gap-3" data-testid="alerts">
          {alerts.data?.map((alert) => (
            <Fired
              key={alert.id}
              alert={alert}
              onAcknowledge={() => {
                changes.acknowledge.mutate(alert.id);
              }}
            />
          ))}
        </ul>
      </Card>
      <Card>
        <CardTitle>Rules</CardTitle>
        {rules.isPending ? <Loading /> : null}
        {rules.data?.length === 0 ? <p className="text-sm text-muted">No number is watched yet.</p> : null}
        <ul className="grid gap-3" data-testid="rules">
          {rules.data?.map((rule) => (
            <Rule
              key={rule.id}
              rule={rule}
              onRemove={() => {
                changes.remove.mutate(rule.id);
              }}
            />
          ))}
        </ul>
      </Card>
      <NewRuleForm
        busy={changes.create.isPending}
        error={changes.create.error}
        onCreate={(rule) => changes.create.mutateAsync(rule)}
      />
    </div>
  );
}

function Fired({ alert, onAcknowledge }: { alert: Alert; onAcknowledge: () => void }) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-2 text-sm">
      <div className="grid gap-0.5">
        <p className="font-medium">{alert.rule_name}</p>
        <p>{alert.summary}</p>
        <p className="text-xs text-muted">
          {alert.started_at ? `since ${moment(alert.started_at)}` : ""}
          {alert.ended_at ? `, until ${moment(alert.ended_at)}` : ""}
        </p>
      </div>
      <div className="flex items-center gap-2">
        <Badge className={alert.state === "firing" ? "border-danger text-danger" : ""}>{alert.state}</Badge>
        {alert.acknowledged_at ? <Badge>seen</Badge> : null}
        {alert.state === "firing" && !alert.acknowledged_at ? (
          <Button size="small" variant="outline" onClick={onAcknowledge}>
            I look after it
          </Button>
        ) : null}
      </div>
    </li>
  );
}

const CONDITIONS: Record<AlertRule["condition"]["kind"], (threshold: number) => string> = {
  above: (threshold) => `more than ${whole(threshold)}`,
  below: (threshold) => `fewer than ${whole(threshold)}`,
  change: (threshold) => `a change of ${whole(Math.round(threshold * 100))} %`,
  spike: () => "more than the hour of the week lets expect",
};

function Rule({ rule, onRemove }: { rule: AlertRule; onRemove: () => void }) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-2 text-sm">
      <div className="grid gap-0.5">
        <p className="font-medium">{rule.name}</p>
        <p className="text-muted">
          {CONDITIONS[rule.condition.kind](rule.condition.threshold)} in {whole(Math.round(rule.window_seconds / 60))} minutes
        </p>
        {rule.problem ? <p className="text-danger">{rule.problem}</p> : null}
      </div>
      <Button size="small" variant="outline" aria-label={`Remove ${rule.name}`} onClick={onRemove}>
        Remove
      </Button>
    </li>
  );
}
