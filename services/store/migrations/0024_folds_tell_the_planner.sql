-- Look-ups of names while changes are folded follow the unique indexes only where the planner knows that the tables are
-- not small. After a migration of a full database, or a large import, they have been filled in the same minute, and in
-- part in the same transaction: autovacuum comes too late, and a plan made for empty tables reads all names for each one.
GRANT MAINTAIN ON stat_kinds, stat_users TO earshot_worker;

-- Counts a table anew where so many rows were added that what the planner holds of it is of no use.
CREATE FUNCTION stat_tell_planner(names regclass, added bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF added > 1000 + (SELECT greatest(reltuples, 0) / 5 FROM pg_class WHERE oid = names) THEN
    EXECUTE format('ANALYZE %s', names);
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION stat_fold_names() RETURNS void LANGUAGE plpgsql
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
DECLARE
  added bigint;
BEGIN
  INSERT INTO stat_users (workspace_id, user_id)
  SELECT DISTINCT f.workspace_id, f.user_id FROM folding f
  WHERE NOT EXISTS (SELECT FROM stat_users u WHERE u.workspace_id = f.workspace_id AND u.user_id = f.user_id);
  GET DIAGNOSTICS added = ROW_COUNT;
  PERFORM stat_tell_planner('stat_users', added);
  CREATE TEMPORARY TABLE IF NOT EXISTS new_sets (
    workspace_id text COLLATE "C", intent_mask bigint, category_mask bigint, source text COLLATE "C",
    sentiment text COLLATE "C", language text COLLATE "C"
  ) ON COMMIT DELETE ROWS;
  DELETE FROM new_sets;
  INSERT INTO new_sets
  SELECT DISTINCT workspace_id, intent_mask, category_mask, source, sentiment, language FROM folding f
  WHERE NOT EXISTS (
    SELECT FROM stat_kinds k
    WHERE k.workspace_id = f.workspace_id AND k.tier = 'set' AND k.intent_mask = f.intent_mask
      AND k.category_mask = f.category_mask AND k.source = f.source AND k.sentiment = f.sentiment
      AND k.language = f.language
  );
  INSERT INTO stat_kinds (workspace_id, tier, intent_mask, category_mask, source, sentiment, language)
  SELECT DISTINCT n.workspace_id, p.*
  FROM new_sets n, stat_parts(n.intent_mask, n.category_mask, n.source, n.sentiment, n.language) AS p
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS added = ROW_COUNT;
  PERFORM stat_tell_planner('stat_kinds', added);
  INSERT INTO stat_kinds (workspace_id, tier, intent_mask, category_mask, source, sentiment, language, parts)
  SELECT n.workspace_id, 'set', n.intent_mask, n.category_mask, n.source, n.sentiment, n.language, ARRAY(
    SELECT (
      SELECT k.kind FROM stat_kinds k
      WHERE k.workspace_id = n.workspace_id AND k.tier = p.tier COLLATE "C" AND k.intent_mask = p.intent_mask
        AND k.category_mask = p.category_mask AND k.source = p.source COLLATE "C"
        AND k.sentiment = p.sentiment COLLATE "C" AND k.language = p.language COLLATE "C"
    )
    FROM stat_parts(n.intent_mask, n.category_mask, n.source, n.sentiment, n.language) AS p
  )
  FROM new_sets n;
  GET DIAGNOSTICS added = ROW_COUNT;
  PERFORM stat_tell_planner('stat_kinds', added);
END
$$;
