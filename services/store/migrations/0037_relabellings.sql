-- Time ranges whose messages are labelled anew by the model that serves. Who works on one holds its row; how far it is
-- stands in the row, so that another process goes on where one has died.
CREATE TABLE relabellings (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  request_id uuid,
  -- NULL: from the first message on.
  range_start timestamptz,
  range_end timestamptz NOT NULL,
  -- The end as it was asked for; NULL: the moment of the request.
  asked_end timestamptz,
  state text COLLATE "C" NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'cancelled')),
  create_time timestamptz NOT NULL DEFAULT now(),
  end_time timestamptz,
  -- Event time and id of the message that had its turn last; before the first one the beginning of the range.
  after_time timestamptz NOT NULL,
  after_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  messages bigint NOT NULL,
  considered bigint NOT NULL DEFAULT 0,
  relabelled bigint NOT NULL DEFAULT 0,
  changed bigint NOT NULL DEFAULT 0,
  judged bigint NOT NULL DEFAULT 0,
  refused bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace_id, id),
  CONSTRAINT relabellings_request UNIQUE (workspace_id, request_id)
);

CREATE UNIQUE INDEX relabellings_running ON relabellings (workspace_id) WHERE state = 'running';

ALTER TABLE relabellings ENABLE ROW LEVEL SECURITY;
ALTER TABLE relabellings FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON relabellings TO earshot_app
  USING (workspace_id = current_setting('earshot.workspace', true));
CREATE POLICY every_workspace ON relabellings TO earshot_worker USING (true);
GRANT SELECT, INSERT, UPDATE (state, end_time) ON relabellings TO earshot_app;
GRANT SELECT, UPDATE ON relabellings TO earshot_worker;
-- To keep a message from being erased while it gets other labels.
GRANT UPDATE (id) ON messages TO earshot_worker;
CREATE POLICY kept_by_worker ON messages FOR UPDATE TO earshot_worker USING (true);
