-- What the planner holds of a table that was counted while it had a few rows is of no use after an import: it takes a join
-- of all rows with all rows for a join of one with one. Autovacuum comes a minute later; this is asked within seconds.
GRANT MAINTAIN ON messages, labels, label_queue, message_search, message_embeddings, incident_members, incident_queue,
  custom_matches, stat_changes, stat_sets, stat_days TO earshot_worker;

-- Counts anew the tables that are several times as large as when they were counted, by their files, which are never late.
CREATE FUNCTION tell_planner_of_growth() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  name regclass;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('earshot.tell_planner_of_growth', 0)) THEN
    RETURN;
  END IF;
  FOR name IN
    SELECT c.oid FROM pg_class c
    WHERE c.oid = ANY (ARRAY['messages', 'labels', 'label_queue', 'message_search', 'message_embeddings',
                             'incident_members', 'incident_queue', 'custom_matches', 'stat_changes', 'stat_sets',
                             'stat_days']::regclass[])
      AND pg_relation_size(c.oid) > 4 * greatest(c.relpages, 4) * current_setting('block_size')::bigint
  LOOP
    EXECUTE format('ANALYZE (SKIP_LOCKED) %s', name);
  END LOOP;
END
$$;
