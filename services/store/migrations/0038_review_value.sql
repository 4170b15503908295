-- What a person's look at a set of the model's is worth, as the model says it; NULL of a person's and of earlier ones.
ALTER TABLE labels ADD COLUMN review_value real;

DROP INDEX labels_review_value;
CREATE INDEX labels_review_value ON labels
  (workspace_id, coalesce(review_value, 1 - intent_scores[1]) DESC, valid_from, message_id)
  WHERE valid_to = 'infinity' AND author = 'model' AND (abstained OR intent_scores[1] < 0.7);
