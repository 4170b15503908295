-- What happened to messages, for those who watch: one row per write, with the ids it stored or labelled. A reader knows
-- by the transaction's id and a snapshot it took before exactly what has become visible since, whatever the order in
-- which transactions ended. Rows older than a week are taken away.
CREATE TABLE message_changes (
  workspace_id text COLLATE "C" NOT NULL,
  transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  id bigint GENERATED ALWAYS AS IDENTITY,
  change_time timestamptz NOT NULL DEFAULT now(),
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('stored', 'labelled')),
  message_ids uuid[] NOT NULL,
  PRIMARY KEY (workspace_id, transaction_id, id)
);

CREATE INDEX message_changes_time ON message_changes (change_time);

ALTER TABLE message_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_changes FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON message_changes TO earshot_app
  USING (workspace_id = current_setting('earshot.workspace', true));
CREATE POLICY every_workspace ON message_changes TO earshot_worker USING (true);
GRANT SELECT, INSERT ON message_changes TO earshot_app;
GRANT SELECT, INSERT, DELETE ON message_changes TO earshot_worker;
