-- What people say of the chat's answers: thumbs on finished turns. Rows are only added; the one with the greatest number is
-- in force. An erasure may take words out of a comment.
CREATE TABLE turn_ratings (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  -- The turn, and so whose it is: nobody else may rate it.
  user_id text COLLATE "C" NOT NULL,
  conversation_id uuid NOT NULL,
  turn_id uuid NOT NULL,
  number integer NOT NULL CHECK (number > 0),
  rating text COLLATE "C" NOT NULL CHECK (rating IN ('up', 'down', 'cleared')),
  comment text COLLATE "C" NOT NULL CHECK (length(comment) <= 1000),
  -- The name the author had then.
  author_name text COLLATE "C" NOT NULL,
  create_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace_id, id),
  CONSTRAINT turn_ratings_number UNIQUE (workspace_id, user_id, conversation_id, turn_id, number),
  FOREIGN KEY (workspace_id, user_id, conversation_id, turn_id)
    REFERENCES turns (workspace_id, user_id, conversation_id, id) ON DELETE CASCADE
);

CREATE INDEX turn_ratings_latest ON turn_ratings (workspace_id, create_time, id);

ALTER TABLE turn_ratings ENABLE ROW LEVEL SECURITY;
ALTER TABLE turn_ratings FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON turn_ratings TO earshot_app
  USING (workspace_id = current_setting('earshot.workspace', true));
GRANT SELECT, INSERT, UPDATE (comment) ON turn_ratings TO earshot_app;
