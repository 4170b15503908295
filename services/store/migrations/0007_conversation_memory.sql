-- What conversations remember beside their turns: told facts and preferences, and what is not to be used any more.
CREATE TABLE conversation_memories (
  workspace_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  conversation_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('fact', 'preference', 'forgotten_turn', 'start')),
  text text COLLATE "C" NOT NULL,
  turn_number integer NOT NULL CHECK (turn_number >= 0),
  create_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  update_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace_id, user_id, conversation_id, id),
  FOREIGN KEY (workspace_id, user_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);

ALTER TABLE conversation_memories ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversation_memories FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON conversation_memories TO earshot_app
  USING (workspace_id = current_setting('earshot.workspace', true));
GRANT SELECT, INSERT, UPDATE, DELETE ON conversation_memories TO earshot_app;

-- A turn is found by its id alone: receipts and reports name no conversation.
CREATE INDEX turns_by_id ON turns (workspace_id, user_id, id);
