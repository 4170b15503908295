-- A model that was not made by the label guide may give no sentiment: its labels are kept with an empty one. Looser than
-- before, so what is there need not be read.
ALTER TABLE labels
  DROP CONSTRAINT labels_intents,
  ADD CONSTRAINT labels_intents CHECK (
    cardinality(intents) = cardinality(intent_scores)
    AND (cardinality(intents) > 0 OR (sentiment = '' AND intent_mask = 0 AND category_mask = 0))
  ) NOT VALID;
