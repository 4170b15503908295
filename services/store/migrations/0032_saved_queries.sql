-- Queries kept under a name: views of one person or of the workspace, and questions whose reading somebody verified.
CREATE TABLE saved_queries (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('view', 'question')),
  -- Whose it is; empty: the workspace's.
  owner_id text COLLATE "C" NOT NULL CHECK (kind = 'view' OR owner_id = ''),
  name text COLLATE "C" NOT NULL CHECK (length(name) BETWEEN 1 AND 1000),
  -- SHA-256 of the name as it is compared.
  name_key bytea NOT NULL CHECK (octet_length(name_key) = 32),
  -- The contract's JSON; no instants in it.
  query_json text NOT NULL,
  days integer NOT NULL,
  first_day text COLLATE "C" NOT NULL,
  last_day text COLLATE "C" NOT NULL,
  operation text COLLATE "C" NOT NULL CHECK (length(operation) <= 32),
  author_id text COLLATE "C" NOT NULL,
  -- The name the author had then.
  author_name text COLLATE "C" NOT NULL,
  create_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  update_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace_id, id),
  CONSTRAINT saved_queries_name UNIQUE (workspace_id, kind, owner_id, name_key)
);

ALTER TABLE saved_queries ENABLE ROW LEVEL SECURITY;
ALTER TABLE saved_queries FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON saved_queries TO earshot_app
  USING (workspace_id = current_setting('earshot.workspace', true));
GRANT SELECT, INSERT, UPDATE, DELETE ON saved_queries TO earshot_app;
