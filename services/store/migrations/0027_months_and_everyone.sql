-- Two roll-ups more, each a small part of stat_sets: sums of whole months for questions about several labels, and each
-- day's users without their labels for questions about different users.

-- One row for a kind of tier 'set' and a month (UTC, its first day): how many messages.
CREATE TABLE stat_months (
  workspace_id text COLLATE "C" NOT NULL,
  month date NOT NULL,
  kind integer NOT NULL,
  messages integer NOT NULL,
  PRIMARY KEY (workspace_id, month, kind)
) WITH (fillfactor = 85);

-- All messages of a day (UTC), as stat_sets holds those of a kind, in parts: the last part takes what comes until it has
-- some hundred messages, so that no row grows with the day.
CREATE TABLE stat_day_users (
  workspace_id text COLLATE "C" NOT NULL,
  day date NOT NULL,
  part integer NOT NULL,
  messages integer NOT NULL,
  quarters bytea NOT NULL,
  users bytea NOT NULL,
  PRIMARY KEY (workspace_id, day, part)
) WITH (fillfactor = 85);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['stat_months', 'stat_day_users'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY own_workspace ON %I TO earshot_app'
      ' USING (workspace_id = current_setting(''earshot.workspace'', true))', name);
    EXECUTE format('CREATE POLICY every_workspace ON %I TO earshot_worker USING (true)', name);
    EXECUTE format('GRANT SELECT ON %I TO earshot_app', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO earshot_worker', name);
  END LOOP;
END
$$;

INSERT INTO stat_months (workspace_id, month, kind, messages)
SELECT workspace_id, date_trunc('month', day)::date, kind, sum(messages) FROM stat_sets GROUP BY 1, 2, 3;

INSERT INTO stat_day_users (workspace_id, day, part, messages, quarters, users)
SELECT workspace_id, day, 0, sum(messages), string_agg(quarters, ''), string_agg(users, '') FROM stat_sets GROUP BY 1, 2;

-- The third part of fold_statistics, for stat_months.
CREATE FUNCTION stat_fold_months() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO stat_months AS old (workspace_id, month, kind, messages)
  SELECT workspace_id, date_trunc('month', day)::date, kind, sum(change) FROM folding GROUP BY 1, 2, 3
  HAVING sum(change) <> 0
  ON CONFLICT (workspace_id, month, kind) DO UPDATE SET messages = old.messages + excluded.messages;
  DELETE FROM stat_months s
  USING (
    SELECT DISTINCT workspace_id, date_trunc('month', day)::date AS month, kind FROM folding WHERE change = -1
  ) AS touched
  WHERE s.workspace_id = touched.workspace_id AND s.month = touched.month AND s.kind = touched.kind AND s.messages = 0;
END
$$;

-- The fourth, for stat_day_users. A message whose labels changed is out and in again, and nothing happens to it here.
CREATE FUNCTION stat_fold_day_users() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  CREATE TEMPORARY TABLE IF NOT EXISTS day_users (
    workspace_id text COLLATE "C", day date, quarter integer, number integer, messages bigint
  ) ON COMMIT DELETE ROWS;
  DELETE FROM day_users;
  INSERT INTO day_users
  SELECT workspace_id, day, quarter, number, sum(change) FROM folding GROUP BY 1, 2, 3, 4 HAVING sum(change) <> 0;
  INSERT INTO stat_day_users AS old (workspace_id, day, part, messages, quarters, users)
  SELECT added.workspace_id, added.day, coalesce(latest.part + (latest.messages >= 256)::integer, 0),
         added.messages, added.quarters, added.users
  FROM (
    SELECT workspace_id, day, count(*) AS messages, string_agg(set_byte('\x00', 0, quarter), '') AS quarters,
           string_agg(int4send(number), '') AS users
    FROM day_users, generate_series(1, messages) GROUP BY workspace_id, day
  ) AS added
  LEFT JOIN LATERAL (
    SELECT part, messages FROM stat_day_users s WHERE s.workspace_id = added.workspace_id AND s.day = added.day
    ORDER BY part DESC LIMIT 1
  ) AS latest ON true
  ON CONFLICT (workspace_id, day, part) DO UPDATE
  SET messages = old.messages + excluded.messages, quarters = old.quarters || excluded.quarters,
      users = old.users || excluded.users;
  IF NOT EXISTS (SELECT FROM day_users WHERE messages < 0) THEN
    RETURN;
  END IF;
  -- The parts that may hold a user who goes become one.
  WITH touched AS (
    DELETE FROM stat_day_users s
    USING (SELECT DISTINCT workspace_id, day, int4send(number) AS number FROM day_users WHERE messages < 0) AS gone
    WHERE s.workspace_id = gone.workspace_id AND s.day = gone.day AND position(gone.number IN s.users) > 0
    RETURNING s.workspace_id, s.day, s.quarters, s.users
  ),
  kept AS (
    SELECT workspace_id, day, quarter, number FROM touched, LATERAL stat_messages(quarters, users)
    EXCEPT ALL
    SELECT workspace_id, day, quarter, number FROM day_users, generate_series(1, -messages)
  )
  INSERT INTO stat_day_users (workspace_id, day, part, messages, quarters, users)
  SELECT workspace_id, day,
         (SELECT 1 + max(part) FROM stat_day_users s WHERE s.workspace_id = k.workspace_id AND s.day = k.day),
         count(*), string_agg(set_byte('\x00', 0, quarter), ''), string_agg(int4send(number), '')
  FROM kept k GROUP BY workspace_id, day;
END
$$;

ALTER FUNCTION stat_fold_days() RENAME TO stat_fold_running_sums;
CREATE FUNCTION stat_fold_days() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM stat_fold_running_sums();
  PERFORM stat_fold_months();
  PERFORM stat_fold_day_users();
END
$$;

ANALYZE stat_months, stat_day_users;
GRANT MAINTAIN ON stat_months, stat_day_users TO earshot_worker;

-- Counts anew the tables that are several times as large as when they were counted, by their files and by what was
-- committed: counted amid one long insertion, a table that is to be large is taken for an empty one for good. Answers
-- whether some file has grown without that, and must be looked at again: Postgres tells of commits seconds late.
DROP FUNCTION tell_planner_of_growth();
CREATE FUNCTION tell_planner_of_growth() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  name regclass;
  is_committed boolean;
  is_waiting boolean := false;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('earshot.tell_planner_of_growth', 0)) THEN
    RETURN false;
  END IF;
  FOR name, is_committed IN
    SELECT c.oid, pg_stat_get_live_tuples(c.oid) > 4 * greatest(c.reltuples, 0) FROM pg_class c
    WHERE c.oid = ANY (ARRAY['messages', 'labels', 'label_queue', 'message_search', 'message_embeddings',
                             'incident_members', 'incident_queue', 'custom_matches', 'stat_changes', 'stat_sets',
                             'stat_days', 'stat_months', 'stat_day_users']::regclass[])
      AND pg_relation_size(c.oid) > 4 * greatest(c.relpages, 4) * current_setting('block_size')::bigint
  LOOP
    IF is_committed THEN
      EXECUTE format('ANALYZE (SKIP_LOCKED) %s', name);
    ELSE
      is_waiting := true;
    END IF;
  END LOOP;
  RETURN is_waiting;
END
$$;
