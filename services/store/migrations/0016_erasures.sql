-- That somebody was erased, by whom and when, and what went with them; who it was can be confirmed by someone who knows
-- the id, but not read: the hash is SHA-256 over salt and id.
CREATE TABLE erasures (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('customer', 'account')),
  salt bytea NOT NULL,
  subject_hash bytea NOT NULL,
  message_count bigint NOT NULL,
  ticket_count bigint NOT NULL,
  conversation_count bigint NOT NULL,
  erased_by text COLLATE "C" NOT NULL,
  erase_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id)
);

ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
ALTER TABLE erasures FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON erasures TO earshot_app
  USING (workspace_id = current_setting('earshot.workspace', true));
GRANT SELECT, INSERT ON erasures TO earshot_app;

-- What an erasure takes away, and the lock that keeps a message from being erased while a person judges it.
GRANT DELETE, UPDATE (id) ON messages TO earshot_app;
GRANT DELETE ON labels, message_search, label_queue, label_reviews, review_flags, message_embeddings, incident_members,
  incident_queue, incidents, custom_matches, ingest_requests, tickets, users, logins, service_tokens, conversations
  TO earshot_app;
GRANT UPDATE (message_ids) ON tickets, category_proposals TO earshot_app;
GRANT UPDATE (reviewer_id, reviewer_name) ON label_reviews TO earshot_app;
