-- What a workspace sets for itself. NULL, as no row at all: what the deployment's settings say.
CREATE TABLE workspace_settings (
  workspace_id text COLLATE "C" PRIMARY KEY,
  -- ISO 639-1 codes; empty: every language.
  accepted_languages text[] COLLATE "C",
  system_prompt text COLLATE "C" CHECK (system_prompt <> '')
);

ALTER TABLE workspace_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE workspace_settings FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON workspace_settings TO earshot_app
  USING (workspace_id = current_setting('earshot.workspace', true));
CREATE POLICY every_workspace ON workspace_settings FOR SELECT TO earshot_worker USING (true);

GRANT SELECT, INSERT, UPDATE ON workspace_settings TO earshot_app;
-- The enricher asks for languages only.
GRANT SELECT (workspace_id, accepted_languages) ON workspace_settings TO earshot_worker;
