-- What people said of labels. The label sets themselves stand in the table labels, with those of the model; a row here
-- says who judged which set, how, and what they hold to be right. Rows are never changed.
CREATE TABLE label_reviews (
  workspace_id text COLLATE "C" NOT NULL,
  message_id uuid NOT NULL,
  -- UUIDv7: in the order of the reviews.
  id uuid NOT NULL,
  request_id uuid,
  reviewer_id text COLLATE "C" NOT NULL,
  reviewer_name text COLLATE "C" NOT NULL,
  review_time timestamptz NOT NULL,
  verdict text COLLATE "C" NOT NULL CHECK (verdict IN ('corrected', 'confirmed', 'rejected')),
  -- The request as it came, to tell whether its id comes with another one.
  asked text COLLATE "C" NOT NULL,
  -- valid_from of the set this review made, NULL where it made none.
  made_from timestamptz,
  -- What the reviewer holds to be right; of a rejection: what they rejected.
  intents text[] COLLATE "C" NOT NULL,
  intent_mask bigint NOT NULL,
  category_mask bigint NOT NULL,
  sentiment text COLLATE "C" NOT NULL,
  language text COLLATE "C" NOT NULL,
  -- What the model had said last, NULL where it had said nothing.
  model_intents text[] COLLATE "C",
  model_category_mask bigint,
  model_name text COLLATE "C",
  model_version text COLLATE "C",
  PRIMARY KEY (workspace_id, message_id, id)
);

CREATE UNIQUE INDEX label_reviews_request ON label_reviews (workspace_id, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX label_reviews_time ON label_reviews (workspace_id, review_time, message_id);

-- Messages whose labels somebody rejected, or over which two people disagree: they come first in the review queue.
CREATE TABLE review_flags (
  workspace_id text COLLATE "C" NOT NULL,
  message_id uuid NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, message_id)
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['label_reviews', 'review_flags'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY own_workspace ON %I TO earshot_app'
      ' USING (workspace_id = current_setting(''earshot.workspace'', true))', name);
  END LOOP;
END
$$;

GRANT SELECT, INSERT ON label_reviews TO earshot_app;
GRANT SELECT, INSERT, DELETE ON review_flags TO earshot_app;
-- A person may label what still waits.
GRANT UPDATE, DELETE ON label_queue TO earshot_app;

-- The rest of the review queue: sets of the model that it was not sure of, by value and by age.
CREATE INDEX labels_review_value ON labels
  (workspace_id, (abstained::int + (1 - intent_scores[1])) DESC, valid_from, message_id)
  WHERE valid_to = 'infinity' AND author = 'model' AND (abstained OR intent_scores[1] < 0.7);
CREATE INDEX labels_review_age ON labels (workspace_id, valid_from, message_id)
  WHERE valid_to = 'infinity' AND author = 'model' AND (abstained OR intent_scores[1] < 0.7);
