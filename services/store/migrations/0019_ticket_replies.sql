-- Rules by which tickets are replied to, and every reply that was sent, by whom or by what.
CREATE TABLE reply_rules (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  category text COLLATE "C" NOT NULL,
  min_confidence real NOT NULL CHECK (min_confidence BETWEEN 0.5 AND 1),
  template text COLLATE "C" NOT NULL,
  enabled boolean NOT NULL DEFAULT false,
  create_time timestamptz NOT NULL DEFAULT now(),
  -- How it was made (AIP-155).
  request_id uuid,
  payload_hash bytea,
  PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX reply_rules_request ON reply_rules (workspace_id, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX reply_rules_enabled ON reply_rules (workspace_id, category) WHERE enabled;

CREATE TABLE ticket_replies (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  ticket_id uuid NOT NULL,
  text text COLLATE "C" NOT NULL,
  author text COLLATE "C" NOT NULL CHECK (author IN ('person', 'rule')),
  author_id text COLLATE "C" NOT NULL,
  rule_name text COLLATE "C" NOT NULL DEFAULT '',
  category text COLLATE "C" NOT NULL DEFAULT '',
  confidence real NOT NULL DEFAULT 0,
  create_time timestamptz NOT NULL DEFAULT now(),
  request_id uuid,
  payload_hash bytea,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, ticket_id) REFERENCES tickets ON DELETE CASCADE
);

CREATE INDEX ticket_replies_ticket ON ticket_replies (workspace_id, ticket_id, id);
CREATE INDEX ticket_replies_author ON ticket_replies (workspace_id, author_id) WHERE author = 'person';
CREATE UNIQUE INDEX ticket_replies_request ON ticket_replies (workspace_id, request_id) WHERE request_id IS NOT NULL;
-- No rule speaks twice to one customer, however often the ticket is analysed.
CREATE UNIQUE INDEX ticket_replies_by_rule ON ticket_replies (workspace_id, ticket_id) WHERE author = 'rule';

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['reply_rules', 'ticket_replies'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY own_workspace ON %I TO earshot_app'
      ' USING (workspace_id = current_setting(''earshot.workspace'', true))', name);
    EXECUTE format('CREATE POLICY every_workspace ON %I TO earshot_worker USING (true)', name);
  END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON reply_rules TO earshot_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ticket_replies TO earshot_app;
GRANT SELECT ON reply_rules TO earshot_worker;
GRANT SELECT, INSERT ON ticket_replies TO earshot_worker;
