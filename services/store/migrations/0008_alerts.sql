-- Alerts: rules over statistics, their episodes, what watchers are told, and what is posted to webhooks.

CREATE TABLE alert_rules (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  -- The statistics question as protobuf's JSON.
  query_json text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('above', 'below', 'change', 'spike')),
  threshold double precision NOT NULL,
  window_seconds integer NOT NULL,
  interval_seconds integer NOT NULL,
  disabled boolean NOT NULL,
  webhook_url text COLLATE "C" NOT NULL,
  webhook_secret text COLLATE "C" NOT NULL,
  version integer NOT NULL DEFAULT 1,
  create_time timestamptz NOT NULL DEFAULT now(),
  update_time timestamptz NOT NULL DEFAULT now(),
  check_time timestamptz,
  problem text COLLATE "C" NOT NULL DEFAULT '',
  -- When it is looked at next. The row's lock is the claim: it dies with the process that holds it.
  next_time timestamptz NOT NULL DEFAULT now(),
  -- How it was made (AIP-155).
  request_id uuid,
  payload_hash bytea,
  PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX alert_rules_request ON alert_rules (workspace_id, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX alert_rules_due ON alert_rules (next_time) WHERE NOT disabled;

-- Episodes. The index lets a rule have one at a time, whatever two processes think.
CREATE TABLE alerts (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  rule_id uuid NOT NULL,
  rule_name text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL CHECK (state IN ('firing', 'resolved')),
  value double precision NOT NULL,
  compared_with double precision NOT NULL,
  summary text COLLATE "C" NOT NULL,
  query_json text COLLATE "C" NOT NULL,
  start_time timestamptz NOT NULL,
  end_time timestamptz,
  acknowledge_time timestamptz,
  acknowledged_by text COLLATE "C" NOT NULL DEFAULT '',
  PRIMARY KEY (workspace_id, id),
  CHECK ((state = 'resolved') = (end_time IS NOT NULL))
);

CREATE UNIQUE INDEX alerts_firing ON alerts (workspace_id, rule_id) WHERE state = 'firing';

-- What watchers are told, numbered per workspace without gaps: whoever changes an alert takes the next number under the
-- lock of its counter, so that a watcher who has seen number n has seen all before it.
CREATE TABLE alert_counters (
  workspace_id text COLLATE "C" PRIMARY KEY,
  last_number bigint NOT NULL
);

CREATE TABLE alert_events (
  workspace_id text COLLATE "C" NOT NULL,
  number bigint NOT NULL,
  alert_id uuid NOT NULL,
  event text COLLATE "C" NOT NULL CHECK (event IN ('fired', 'acknowledged', 'resolved')),
  create_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, number)
);

-- The outbox. A row's lock is the claim of the process that posts it; the key of the signature goes when it is done.
CREATE TABLE alert_deliveries (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  alert_id uuid NOT NULL,
  event text COLLATE "C" NOT NULL CHECK (event IN ('fired', 'resolved')),
  url text COLLATE "C" NOT NULL,
  secret text COLLATE "C" NOT NULL,
  body text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
  attempts smallint NOT NULL DEFAULT 0,
  last_status smallint NOT NULL DEFAULT 0,
  last_problem text COLLATE "C" NOT NULL DEFAULT '',
  next_time timestamptz NOT NULL DEFAULT now(),
  create_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id)
);

CREATE INDEX alert_deliveries_due ON alert_deliveries (next_time) WHERE state = 'pending';
CREATE INDEX alert_deliveries_alert ON alert_deliveries (workspace_id, alert_id, id);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['alert_rules', 'alerts', 'alert_counters', 'alert_events', 'alert_deliveries'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY own_workspace ON %I TO earshot_app'
      ' USING (workspace_id = current_setting(''earshot.workspace'', true))', name);
    EXECUTE format('CREATE POLICY every_workspace ON %I TO earshot_worker USING (true)', name);
  END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON alert_rules TO earshot_app;
GRANT SELECT, INSERT, UPDATE ON alerts, alert_counters, alert_events, alert_deliveries TO earshot_app;
GRANT SELECT, UPDATE ON alert_rules TO earshot_worker;
GRANT SELECT, INSERT, UPDATE ON alerts, alert_counters, alert_events, alert_deliveries TO earshot_worker;
