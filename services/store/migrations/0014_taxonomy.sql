-- Categories that a workspace defines for itself: a logistic head over embeddings, fitted by the classifier.
CREATE TABLE custom_categories (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  request_id uuid,
  name text COLLATE "C" NOT NULL,
  description text COLLATE "C" NOT NULL,
  examples text[] COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL CHECK (state IN ('draft', 'applied', 'retired')),
  -- It holds where weights · embedding + bias >= cut, for embeddings of this encoder.
  encoder text COLLATE "C" NOT NULL,
  weights halfvec(384) NOT NULL,
  bias double precision NOT NULL,
  cut double precision NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  apply_time timestamptz,
  retire_time timestamptz,
  -- History is walked in the order of message ids; NULL where no walk goes on.
  walk_after uuid,
  walked bigint NOT NULL DEFAULT 0,
  walk_total bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX custom_categories_name ON custom_categories (workspace_id, lower(name)) WHERE state <> 'retired';
CREATE UNIQUE INDEX custom_categories_request ON custom_categories (workspace_id, request_id)
  WHERE request_id IS NOT NULL;
CREATE INDEX custom_categories_walk ON custom_categories (workspace_id, id) WHERE walk_after IS NOT NULL;

-- Which messages a custom category holds for. Rows are only added.
CREATE TABLE custom_matches (
  workspace_id text COLLATE "C" NOT NULL,
  message_id uuid NOT NULL,
  category_id uuid NOT NULL,
  probability real NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, message_id, category_id)
);

CREATE INDEX custom_matches_category ON custom_matches (workspace_id, category_id);

-- Clusters that were proposed, so that one found again keeps its id.
CREATE TABLE category_proposals (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  message_ids uuid[] NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  update_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id)
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['custom_categories', 'custom_matches', 'category_proposals'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY own_workspace ON %I TO earshot_app'
      ' USING (workspace_id = current_setting(''earshot.workspace'', true))', name);
  END LOOP;
END
$$;

CREATE POLICY every_workspace ON custom_categories TO earshot_worker USING (true);
CREATE POLICY every_workspace ON custom_matches TO earshot_worker USING (true);

GRANT SELECT, INSERT, UPDATE ON custom_categories, category_proposals TO earshot_app;
GRANT SELECT, DELETE ON custom_matches TO earshot_app;
GRANT SELECT, UPDATE ON custom_categories TO earshot_worker;
GRANT SELECT, INSERT ON custom_matches TO earshot_worker;
