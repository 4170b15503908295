-- Logins that can be renewed, tokens for programs, and the counting of failed logins.
ALTER TABLE users ADD COLUMN disable_time timestamptz;

-- A login: what a refresh token belongs to. Each renewal gives the login a new token and spends the one before; a token
-- that comes a second time has been copied, and ends the login (RFC 9700, section 4.14.2).
CREATE TABLE logins (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  renew_time timestamptz NOT NULL DEFAULT now(),
  expire_time timestamptz NOT NULL,
  end_time timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, user_id) REFERENCES users
);

CREATE INDEX logins_of_user ON logins (workspace_id, user_id);

-- Tokens by their SHA-256: they are 256 random bits, so that a slow hash would add nothing.
CREATE TABLE refresh_tokens (
  workspace_id text COLLATE "C" NOT NULL,
  token_hash bytea NOT NULL,
  login_id uuid NOT NULL,
  spend_time timestamptz,
  PRIMARY KEY (workspace_id, token_hash),
  FOREIGN KEY (workspace_id, login_id) REFERENCES logins ON DELETE CASCADE
);

CREATE INDEX refresh_tokens_of_login ON refresh_tokens (workspace_id, login_id);

CREATE TABLE service_tokens (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  role text COLLATE "C" NOT NULL CHECK (role IN ('viewer', 'agent', 'admin', 'ingest')),
  token_hash bytea NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  expire_time timestamptz,
  use_time timestamptz,
  revoke_time timestamptz,
  PRIMARY KEY (workspace_id, id),
  CONSTRAINT service_tokens_hash UNIQUE (workspace_id, token_hash),
  FOREIGN KEY (workspace_id, user_id) REFERENCES users
);

CREATE INDEX service_tokens_of_user ON service_tokens (workspace_id, user_id, id);

-- Failed logins by what was tried (`user:…`, whether there is such a user or not) and from where (`address:…`).
CREATE TABLE login_attempts (
  workspace_id text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  failures integer NOT NULL,
  last_time timestamptz NOT NULL DEFAULT now(),
  open_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, subject)
);

CREATE INDEX login_attempts_old ON login_attempts (last_time);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['logins', 'refresh_tokens', 'service_tokens', 'login_attempts'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY own_workspace ON %I TO earshot_app'
      ' USING (workspace_id = current_setting(''earshot.workspace'', true))', name);
  END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON logins, refresh_tokens, login_attempts TO earshot_app;
GRANT SELECT, INSERT, UPDATE ON service_tokens TO earshot_app;
