-- A message in a language that is not accepted has a label set that says its language and nothing else: no intents, no
-- categories, an empty sentiment. What is there keeps the stricter rules, so it need not be read.
ALTER TABLE labels
  DROP CONSTRAINT labels_sentiment_check,
  DROP CONSTRAINT labels_check1,
  ADD CONSTRAINT labels_sentiment CHECK (sentiment IN ('', 'negative', 'neutral', 'positive')) NOT VALID,
  ADD CONSTRAINT labels_intents CHECK (
    cardinality(intents) = cardinality(intent_scores) AND (cardinality(intents) = 0) = (sentiment = '')
    AND (sentiment <> '' OR (intent_mask = 0 AND category_mask = 0))
  ) NOT VALID;
