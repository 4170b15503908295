-- Who did what: changes and sensitive reads, by people, services and rules. Rows are only ever added, and go by age alone.
-- No column can hold a word of what people wrote: what something was done to is a kind and an id that Earshot made.
CREATE TABLE audit_events (
  workspace_id text COLLATE "C" NOT NULL,
  event_time timestamptz NOT NULL,
  id uuid NOT NULL,
  actor_kind text COLLATE "C" NOT NULL CHECK (actor_kind IN ('user', 'service', 'rule')),
  -- No names: those of accounts and rules are looked up when somebody asks, so that none outlives what bears it.
  actor_id text COLLATE "C" NOT NULL,
  actor_role text COLLATE "C" NOT NULL,
  action text COLLATE "C" NOT NULL CHECK (action ~ '^[A-Za-z]{1,64}$'),
  resource_kind text COLLATE "C" NOT NULL CHECK (resource_kind ~ '^[a-z_]{1,64}$'),
  resource_id uuid,
  code text COLLATE "C" NOT NULL CHECK (code ~ '^[A-Z_]{1,32}$'),
  request_id text COLLATE "C" NOT NULL CHECK (length(request_id) <= 64),
  PRIMARY KEY (workspace_id, event_time, id)
);

CREATE INDEX audit_events_actor ON audit_events (workspace_id, actor_id, event_time, id);
CREATE INDEX audit_events_resource ON audit_events (workspace_id, resource_id, event_time, id)
  WHERE resource_id IS NOT NULL;
-- Rows come in the order of their times, so a few pages say where the old ones are.
CREATE INDEX audit_events_time ON audit_events USING brin (event_time);

ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_events FORCE ROW LEVEL SECURITY;
-- Everybody's doings are added to; they are read in a transaction that says it is an admin's.
CREATE POLICY own_workspace_adds ON audit_events FOR INSERT TO earshot_app
  WITH CHECK (workspace_id = current_setting('earshot.workspace', true));
CREATE POLICY own_admins_read ON audit_events FOR SELECT TO earshot_app
  USING (workspace_id = current_setting('earshot.workspace', true) AND current_setting('earshot.role', true) = 'admin');
GRANT SELECT, INSERT ON audit_events TO earshot_app;

-- What calls did is written in batches of all workspaces; what is too old is deleted, and nothing of the last day.
CREATE POLICY every_workspace_adds ON audit_events FOR INSERT TO earshot_worker WITH CHECK (true);
CREATE POLICY every_workspace_sees_times ON audit_events FOR SELECT TO earshot_worker USING (true);
CREATE POLICY old_ones_go ON audit_events FOR DELETE TO earshot_worker USING (event_time < now() - interval '1 day');
GRANT INSERT, DELETE, SELECT (workspace_id, event_time, id) ON audit_events TO earshot_worker;
