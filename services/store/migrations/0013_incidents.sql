-- Incidents: messages of different people that say the same within a short time, told apart from messages that only
-- speak of the same topic by the closeness of their embeddings.
CREATE TABLE incidents (
  workspace_id text COLLATE "C" NOT NULL,
  -- Id of its first message in the order of arrival.
  id uuid NOT NULL,
  -- When that message was sent: an incident takes nothing that lies more than a day from it.
  start_time timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id)
);

-- Never changed: a message joins one incident when it comes, or none.
CREATE TABLE incident_members (
  workspace_id text COLLATE "C" NOT NULL,
  message_id uuid NOT NULL,
  incident_id uuid NOT NULL,
  -- When it was found to belong, so that `as_of` answers as it was known then.
  create_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, message_id)
);

CREATE INDEX incident_members_incident ON incident_members (workspace_id, incident_id);

-- Embedded messages that nobody has compared yet.
CREATE TABLE incident_queue (
  workspace_id text COLLATE "C" NOT NULL,
  message_id uuid NOT NULL,
  PRIMARY KEY (workspace_id, message_id)
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['incidents', 'incident_members', 'incident_queue'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY own_workspace ON %I TO earshot_app'
      ' USING (workspace_id = current_setting(''earshot.workspace'', true))', name);
    EXECUTE format('CREATE POLICY every_workspace ON %I TO earshot_worker USING (true)', name);
  END LOOP;
END
$$;

GRANT SELECT, DELETE ON incidents, incident_members, incident_queue TO earshot_app;
GRANT SELECT, INSERT ON incidents, incident_members TO earshot_worker;
GRANT SELECT, INSERT, DELETE ON incident_queue TO earshot_worker;
