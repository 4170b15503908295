-- Users and their conversations with the chat service.
CREATE TABLE users (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  -- As it was given; username_key is its lower case, by which it is unique and found.
  username text COLLATE "C" NOT NULL,
  username_key text COLLATE "C" NOT NULL,
  role text COLLATE "C" NOT NULL CHECK (role IN ('viewer', 'agent', 'admin', 'ingest')),
  password_hash text COLLATE "C" NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id),
  CONSTRAINT users_username UNIQUE (workspace_id, username_key)
);

-- The owner is part of the key: an id that another user chose can neither be seen nor taken away.
CREATE TABLE conversations (
  workspace_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  title text COLLATE "C" NOT NULL,
  mode text COLLATE "C" NOT NULL CHECK (mode IN ('analyst', 'assistant')),
  system_prompt text COLLATE "C" NOT NULL,
  turn_count integer NOT NULL DEFAULT 0,
  create_time timestamptz NOT NULL DEFAULT now(),
  update_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, user_id, id)
);

CREATE INDEX conversations_last_used ON conversations (workspace_id, user_id, update_time, id);

-- Finished turns. Never changed.
CREATE TABLE turns (
  workspace_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  conversation_id uuid NOT NULL,
  number integer NOT NULL,
  id uuid NOT NULL,
  start_time timestamptz NOT NULL,
  end_time timestamptz NOT NULL,
  status text COLLATE "C" NOT NULL CHECK (status IN ('completed', 'cancelled', 'failed')),
  question text COLLATE "C" NOT NULL,
  answer text COLLATE "C" NOT NULL,
  details_json text COLLATE "C" NOT NULL,
  PRIMARY KEY (workspace_id, user_id, conversation_id, number),
  CONSTRAINT turns_id UNIQUE (workspace_id, user_id, conversation_id, id),
  FOREIGN KEY (workspace_id, user_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['users', 'conversations', 'turns'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY own_workspace ON %I TO earshot_app'
      ' USING (workspace_id = current_setting(''earshot.workspace'', true))', name);
  END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE ON users TO earshot_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON conversations TO earshot_app;
GRANT SELECT, INSERT, DELETE ON turns TO earshot_app;
