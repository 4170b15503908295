-- What customers wrote, exactly as it came. Rows are never changed: whether a message has labels is said by the
-- tables labels and label_queue, so that labelling it writes no new version of its text.
CREATE TABLE messages (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  event_time timestamptz NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  -- Stand in for external_id where an imported row has none.
  import_id uuid,
  import_row bigint,
  source text COLLATE "C" NOT NULL,
  author text COLLATE "C" NOT NULL CHECK (author IN ('customer', 'agent')),
  external_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  conversation_id text COLLATE "C" NOT NULL,
  text text COLLATE "C" NOT NULL,
  PRIMARY KEY (workspace_id, id),
  CHECK ((import_id IS NULL) = (import_row IS NULL))
);

CREATE UNIQUE INDEX messages_external_id ON messages (workspace_id, source, external_id) WHERE external_id <> '';
CREATE UNIQUE INDEX messages_import_row ON messages (workspace_id, import_id, import_row) WHERE import_id IS NOT NULL;
-- Lists walk it by key; counts without a text condition read nothing else of a message.
CREATE INDEX messages_event_time ON messages (workspace_id, event_time, id) INCLUDE (source, user_id, create_time);
CREATE INDEX messages_conversation ON messages (workspace_id, conversation_id, event_time, id)
  WHERE conversation_id <> '';

-- Label sets, append-only: a new set ends the one before it by giving it a valid_to. Intervals [valid_from, valid_to)
-- of one message never overlap; the set in force ends at infinity, and the key lets there be only one.
CREATE TABLE labels (
  workspace_id text COLLATE "C" NOT NULL,
  message_id uuid NOT NULL,
  valid_from timestamptz NOT NULL DEFAULT statement_timestamp(),
  valid_to timestamptz NOT NULL DEFAULT 'infinity',
  -- Bit i: the i-th name of INTENTS, CATEGORIES in services/runtime/labels.py. Names there are only ever appended.
  intent_mask bigint NOT NULL,
  category_mask bigint NOT NULL,
  -- Most probable first, with their calibrated probabilities.
  intents text[] COLLATE "C" NOT NULL,
  intent_scores real[] NOT NULL,
  sentiment_score real NOT NULL,
  sentiment text COLLATE "C" NOT NULL CHECK (sentiment IN ('negative', 'neutral', 'positive')),
  language text COLLATE "C" NOT NULL,
  abstained boolean NOT NULL,
  author text COLLATE "C" NOT NULL DEFAULT 'model',
  model_name text COLLATE "C" NOT NULL,
  model_version text COLLATE "C" NOT NULL,
  PRIMARY KEY (workspace_id, message_id, valid_to),
  CHECK (valid_from < valid_to),
  CHECK (cardinality(intents) = cardinality(intent_scores) AND cardinality(intents) > 0)
);

-- The words of a message as they stand, without stemming: customers write in many languages. Made together with the
-- labels, because splitting a text costs more than storing it; a message without a row is split when it is searched.
CREATE TABLE message_search (
  workspace_id text COLLATE "C" NOT NULL,
  message_id uuid NOT NULL,
  words tsvector NOT NULL,
  PRIMARY KEY (workspace_id, message_id)
);

-- Messages that wait for labels: the enricher's queue. A claim is a row lock, so a dead process leaves none behind.
-- A row leaves when its labels are written; one that could not be labelled in five attempts stays, marked failed.
CREATE TABLE label_queue (
  workspace_id text COLLATE "C" NOT NULL,
  message_id uuid NOT NULL,
  attempts smallint NOT NULL DEFAULT 0,
  failed boolean NOT NULL DEFAULT false,
  retry_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, message_id)
);

CREATE INDEX label_queue_order ON label_queue (retry_time, message_id) WHERE NOT failed;

-- First answers by request id (AIP-155).
CREATE TABLE ingest_requests (
  workspace_id text COLLATE "C" NOT NULL,
  request_id uuid NOT NULL,
  payload_hash bytea NOT NULL,
  message_ids uuid[] NOT NULL,
  created integer NOT NULL,
  existing integer NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, request_id)
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['messages', 'labels', 'message_search', 'label_queue', 'ingest_requests'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY own_workspace ON %I TO earshot_app'
      ' USING (workspace_id = current_setting(''earshot.workspace'', true))', name);
  END LOOP;
END
$$;

CREATE POLICY every_workspace ON messages FOR SELECT TO earshot_worker USING (true);
CREATE POLICY every_workspace ON labels TO earshot_worker USING (true);
CREATE POLICY every_workspace ON message_search TO earshot_worker USING (true);
CREATE POLICY every_workspace ON label_queue TO earshot_worker USING (true);

GRANT SELECT, INSERT ON messages TO earshot_app;
GRANT SELECT, INSERT, UPDATE ON labels TO earshot_app;
GRANT SELECT ON message_search TO earshot_app;
GRANT SELECT, INSERT ON label_queue TO earshot_app;
GRANT SELECT, INSERT, UPDATE ON ingest_requests TO earshot_app;

GRANT SELECT ON messages TO earshot_worker;
GRANT SELECT, INSERT, UPDATE ON labels TO earshot_worker;
GRANT SELECT, INSERT ON message_search TO earshot_worker;
GRANT SELECT, UPDATE, DELETE ON label_queue TO earshot_worker;
