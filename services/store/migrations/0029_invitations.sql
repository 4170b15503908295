-- Invitations to make an account: tokens by their SHA-256, as those of programs are. One is open until it is used, revoked
-- or over; it works while who made it is an admin, and goes with that account.
CREATE TABLE invitations (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  role text COLLATE "C" NOT NULL CHECK (role IN ('viewer', 'agent', 'admin', 'ingest')),
  token_hash bytea NOT NULL,
  invited_by uuid NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  expire_time timestamptz NOT NULL,
  use_time timestamptz,
  revoke_time timestamptz,
  PRIMARY KEY (workspace_id, id),
  CONSTRAINT invitations_hash UNIQUE (workspace_id, token_hash),
  FOREIGN KEY (workspace_id, invited_by) REFERENCES users ON DELETE CASCADE
);

CREATE INDEX invitations_of_user ON invitations (workspace_id, invited_by);

ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitations FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON invitations TO earshot_app
  USING (workspace_id = current_setting('earshot.workspace', true));
GRANT SELECT, INSERT, UPDATE (use_time, revoke_time) ON invitations TO earshot_app;
