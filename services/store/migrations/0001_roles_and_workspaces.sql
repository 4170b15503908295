-- The two roles the store acts in. Neither owns anything nor may log in: the store connects as the user of its
-- database URL and enters one of them in every transaction.
--   earshot_app     sees one workspace: the one named by the transaction-local setting earshot.workspace.
--   earshot_worker  sees what waits for labels, in every workspace: the enricher.
-- Roles belong to the whole cluster, so another database of it may make them at the same moment.
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['earshot_app', 'earshot_worker'] LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
    IF NOT pg_has_role(current_user, wanted, 'SET') THEN
      EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
    END IF;
  END LOOP;
END
$$;

GRANT USAGE ON SCHEMA public TO earshot_app, earshot_worker;

-- One brand or operator each. Every other table's key begins with workspace_id.
CREATE TABLE workspaces (
  workspace_id text COLLATE "C" PRIMARY KEY CHECK (workspace_id ~ '^[a-z][a-z0-9_-]{0,63}$'),
  create_time timestamptz NOT NULL DEFAULT now()
);

INSERT INTO workspaces (workspace_id) VALUES ('default');

ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY;
ALTER TABLE workspaces FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON workspaces TO earshot_app
  USING (workspace_id = current_setting('earshot.workspace', true));
GRANT SELECT ON workspaces TO earshot_app;
