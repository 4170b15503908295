-- How often each model errs about each label of the golden set, as the classifier told while the model served. Of the
-- product, not of a workspace: it holds nothing of anybody.
CREATE TABLE model_confusions (
  model_name text COLLATE "C" NOT NULL,
  model_version text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('intent', 'category', 'sentiment')),
  label text COLLATE "C" NOT NULL,
  true_positives bigint NOT NULL CHECK (true_positives >= 0),
  false_negatives bigint NOT NULL CHECK (false_negatives >= 0),
  false_positives bigint NOT NULL CHECK (false_positives >= 0),
  true_negatives bigint NOT NULL CHECK (true_negatives >= 0),
  PRIMARY KEY (model_name, model_version, kind, label)
);

ALTER TABLE model_confusions ENABLE ROW LEVEL SECURITY;
ALTER TABLE model_confusions FORCE ROW LEVEL SECURITY;
CREATE POLICY everybody ON model_confusions TO earshot_app, earshot_worker USING (true);

GRANT SELECT ON model_confusions TO earshot_app;
GRANT SELECT, INSERT, UPDATE ON model_confusions TO earshot_worker;
