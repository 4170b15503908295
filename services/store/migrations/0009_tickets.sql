-- Tickets: requests of customers, what was found out about them, and the queue of what is still to be found out.

CREATE TABLE tickets (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  subject text COLLATE "C" NOT NULL,
  body text COLLATE "C" NOT NULL,
  metadata jsonb NOT NULL,
  message_ids uuid[] NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'in_progress', 'resolved', 'closed')),
  resolution text COLLATE "C" NOT NULL DEFAULT '',
  version integer NOT NULL DEFAULT 1,
  create_time timestamptz NOT NULL DEFAULT now(),
  update_time timestamptz NOT NULL DEFAULT now(),
  resolve_time timestamptz,
  -- Of the analysis in force, kept here to be filtered by and compared with.
  analysis_state text COLLATE "C" NOT NULL DEFAULT 'pending' CHECK (analysis_state IN ('pending', 'done', 'failed')),
  category text COLLATE "C" NOT NULL DEFAULT '',
  intents text[] COLLATE "C" NOT NULL DEFAULT '{}',
  encoder text COLLATE "C" NOT NULL DEFAULT '',
  embedding halfvec(384),
  -- How it was made (AIP-155).
  request_id uuid,
  payload_hash bytea,
  PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX tickets_request ON tickets (workspace_id, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX tickets_category ON tickets (workspace_id, category, id);
CREATE INDEX tickets_status ON tickets (workspace_id, status, id);

-- Analyses, append-only: the highest number is in force.
CREATE TABLE ticket_analyses (
  workspace_id text COLLATE "C" NOT NULL,
  ticket_id uuid NOT NULL,
  number integer NOT NULL,
  category text COLLATE "C" NOT NULL,
  confidence real NOT NULL,
  intents text[] COLLATE "C" NOT NULL,
  intent_scores real[] NOT NULL,
  summary text COLLATE "C" NOT NULL,
  suggested_reply text COLLATE "C" NOT NULL,
  similar_ids uuid[] NOT NULL,
  similarities real[] NOT NULL,
  similar_resolutions text[] COLLATE "C" NOT NULL,
  model_name text COLLATE "C" NOT NULL,
  model_version text COLLATE "C" NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, ticket_id, number),
  FOREIGN KEY (workspace_id, ticket_id) REFERENCES tickets ON DELETE CASCADE
);

-- Tickets that wait for an analysis. A claim is the lock of a row here, so that nobody who works on the ticket itself
-- waits for the classifier. One that could not be analysed in five attempts stays, marked failed.
CREATE TABLE ticket_queue (
  workspace_id text COLLATE "C" NOT NULL,
  ticket_id uuid NOT NULL,
  attempts smallint NOT NULL DEFAULT 0,
  failed boolean NOT NULL DEFAULT false,
  retry_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, ticket_id),
  FOREIGN KEY (workspace_id, ticket_id) REFERENCES tickets ON DELETE CASCADE
);

CREATE INDEX ticket_queue_order ON ticket_queue (retry_time, ticket_id) WHERE NOT failed;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['tickets', 'ticket_analyses', 'ticket_queue'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY own_workspace ON %I TO earshot_app'
      ' USING (workspace_id = current_setting(''earshot.workspace'', true))', name);
    EXECUTE format('CREATE POLICY every_workspace ON %I TO earshot_worker USING (true)', name);
  END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON tickets, ticket_queue TO earshot_app;
GRANT SELECT, DELETE ON ticket_analyses TO earshot_app;
GRANT SELECT, UPDATE ON tickets TO earshot_worker;
GRANT SELECT, INSERT ON ticket_analyses TO earshot_worker;
GRANT SELECT, UPDATE, DELETE ON ticket_queue TO earshot_worker;
