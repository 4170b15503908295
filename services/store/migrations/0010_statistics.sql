-- Roll-ups of labelled messages, kept exact by triggers: whoever writes labels or deletes messages writes a change here
-- in the same transaction, one row for each message that begins or ceases to count. Nobody waits for anybody, because
-- rows are only added; fold_statistics takes changes off and adds them to the roll-ups, all in one transaction, so that
-- roll-ups and the changes that are left are the truth at any instant.
CREATE TABLE stat_changes (
  workspace_id text COLLATE "C" NOT NULL,
  change smallint NOT NULL CHECK (change IN (-1, 1)),
  event_time timestamptz NOT NULL,
  source text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  intent_mask bigint NOT NULL,
  category_mask bigint NOT NULL,
  sentiment text COLLATE "C" NOT NULL,
  language text COLLATE "C" NOT NULL
);

-- What is counted together. tier 'set': messages with exactly this label set, source, sentiment and language.
-- The others count every message with one label (one bit in one of the masks; none: whatever its labels): tier 'full'
-- with one source, sentiment and language, the tiers named after one of these with that alone, tier 'all' with any; what
-- a tier leaves open is empty. A set's parts are the kinds of the other tiers in which its messages count as well.
CREATE TABLE stat_kinds (
  workspace_id text COLLATE "C" NOT NULL,
  kind integer GENERATED ALWAYS AS IDENTITY,
  tier text COLLATE "C" NOT NULL CHECK (tier IN ('set', 'full', 'all', 'source', 'sentiment', 'language')),
  intent_mask bigint NOT NULL,
  category_mask bigint NOT NULL,
  source text COLLATE "C" NOT NULL,
  sentiment text COLLATE "C" NOT NULL,
  language text COLLATE "C" NOT NULL,
  parts integer[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (workspace_id, kind),
  UNIQUE (workspace_id, tier, intent_mask, category_mask, source, sentiment, language)
);

-- A number for every user, so that four bytes stand for one.
CREATE TABLE stat_users (
  workspace_id text COLLATE "C" NOT NULL,
  number integer GENERATED ALWAYS AS IDENTITY,
  user_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (workspace_id, user_id)
);

-- One row for a kind of tier 'set' and a day (UTC): how many messages, and of each of them, in any order, the quarter of
-- an hour (one byte, 0 to 95) and its user's number (four bytes, the highest first).
CREATE TABLE stat_sets (
  workspace_id text COLLATE "C" NOT NULL,
  day date NOT NULL,
  kind integer NOT NULL,
  messages integer NOT NULL,
  quarters bytea NOT NULL,
  users bytea NOT NULL,
  PRIMARY KEY (workspace_id, day, kind)
) WITH (fillfactor = 85);

-- One row for a kind of another tier and a day (UTC). counts[i + 1]: its messages of the day before the i-th quarter of
-- an hour, i from 0 to 96; the messages of any stretch of the day are the difference of two elements.
CREATE TABLE stat_days (
  workspace_id text COLLATE "C" NOT NULL,
  kind integer NOT NULL,
  day date NOT NULL,
  counts integer[] NOT NULL,
  PRIMARY KEY (workspace_id, kind, day)
) WITH (fillfactor = 85);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['stat_changes', 'stat_kinds', 'stat_users', 'stat_sets', 'stat_days'] LOOP
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
GRANT INSERT ON stat_changes TO earshot_app;

-- A message counts while a label set is in force. It is looked up rather than trusted: labels that are deleted after
-- their message was are not subtracted twice.
CREATE FUNCTION note_labels() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO stat_changes
    SELECT m.workspace_id, -1, m.event_time, m.source, m.user_id, l.intent_mask, l.category_mask, l.sentiment, l.language
    FROM before_labels l JOIN messages m ON m.workspace_id = l.workspace_id AND m.id = l.message_id
    WHERE l.valid_to = 'infinity';
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO stat_changes
    SELECT m.workspace_id, 1, m.event_time, m.source, m.user_id, l.intent_mask, l.category_mask, l.sentiment, l.language
    FROM after_labels l JOIN messages m ON m.workspace_id = l.workspace_id AND m.id = l.message_id
    WHERE l.valid_to = 'infinity';
  END IF;
  PERFORM pg_notify('earshot_statistics', '');
  RETURN NULL;
END
$$;

CREATE FUNCTION note_deleted_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO stat_changes
  SELECT m.workspace_id, -1, m.event_time, m.source, m.user_id, l.intent_mask, l.category_mask, l.sentiment, l.language
  FROM before_messages m JOIN labels l ON l.workspace_id = m.workspace_id AND l.message_id = m.id
  WHERE l.valid_to = 'infinity';
  PERFORM pg_notify('earshot_statistics', '');
  RETURN NULL;
END
$$;

CREATE TRIGGER labels_added AFTER INSERT ON labels REFERENCING NEW TABLE AS after_labels
  FOR EACH STATEMENT EXECUTE FUNCTION note_labels();
CREATE TRIGGER labels_changed AFTER UPDATE ON labels
  REFERENCING OLD TABLE AS before_labels NEW TABLE AS after_labels
  FOR EACH STATEMENT EXECUTE FUNCTION note_labels();
CREATE TRIGGER labels_removed AFTER DELETE ON labels REFERENCING OLD TABLE AS before_labels
  FOR EACH STATEMENT EXECUTE FUNCTION note_labels();
CREATE TRIGGER messages_removed AFTER DELETE ON messages REFERENCING OLD TABLE AS before_messages
  FOR EACH STATEMENT EXECUTE FUNCTION note_deleted_messages();

-- Numbers at quarters of an hour (0 to 95) as running sums.
CREATE FUNCTION stat_running_sums(quarters integer[], numbers bigint[]) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  sums integer[] := array_fill(0, ARRAY[97]);
BEGIN
  FOR i IN 1 .. cardinality(quarters) LOOP
    sums[quarters[i] + 2] := sums[quarters[i] + 2] + numbers[i];
  END LOOP;
  FOR i IN 2 .. 97 LOOP
    sums[i] := sums[i] + sums[i - 1];
  END LOOP;
  RETURN sums;
END
$$;

CREATE FUNCTION stat_add(one integer[], other integer[]) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  FOR i IN 1 .. 97 LOOP
    one[i] := one[i] + other[i];
  END LOOP;
  RETURN one;
END
$$;

-- The messages of a stat_sets row, one (quarter, user) each.
CREATE FUNCTION stat_messages(quarters bytea, users bytea) RETURNS TABLE (quarter integer, number integer)
LANGUAGE sql IMMUTABLE AS $$
  SELECT get_byte(quarters, i), ('x' || encode(substr(users, 4 * i + 1, 4), 'hex'))::bit(32)::integer
  FROM generate_series(0, length(quarters) - 1) AS i
$$;

-- Adds at most this many changes to the roll-ups and answers how many there were; 0 also while another session does it.
CREATE FUNCTION fold_statistics(at_most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  taken integer;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('earshot.fold_statistics', 0)) THEN
    RETURN 0;
  END IF;
  CREATE TEMPORARY TABLE IF NOT EXISTS folding (
    workspace_id text COLLATE "C", change integer, day date, quarter integer, number integer, kind integer,
    source text COLLATE "C", user_id text COLLATE "C", intent_mask bigint, category_mask bigint,
    sentiment text COLLATE "C", language text COLLATE "C"
  ) ON COMMIT DELETE ROWS;
  DELETE FROM folding;
  -- All additions first, as one snapshot shows them: nothing is taken out of a roll-up before it is in.
  WITH additions AS (SELECT ctid AS place FROM stat_changes WHERE change = 1 LIMIT at_most),
  removals AS (
    SELECT ctid AS place FROM stat_changes
    WHERE change = -1 AND (SELECT count(*) FROM additions) < at_most LIMIT at_most
  ),
  gone AS (
    DELETE FROM stat_changes
    WHERE ctid = ANY (ARRAY(SELECT place FROM additions UNION ALL SELECT place FROM removals)) RETURNING *
  )
  INSERT INTO folding (workspace_id, change, day, quarter, source, user_id, intent_mask, category_mask, sentiment,
                       language)
  SELECT workspace_id, change, utc::date, extract(hour FROM utc) * 4 + div(extract(minute FROM utc), 15), source,
         user_id, intent_mask, category_mask, sentiment, language
  FROM gone, LATERAL (SELECT event_time AT TIME ZONE 'UTC' AS utc) AS clock;
  GET DIAGNOSTICS taken = ROW_COUNT;
  IF taken = 0 THEN
    RETURN 0;
  END IF;
  ANALYZE folding;
  PERFORM stat_fold_names();
  -- One look-up each: a join would be planned blindly, the tables being filled a moment ago.
  UPDATE folding f SET
    number = (SELECT u.number FROM stat_users u WHERE u.workspace_id = f.workspace_id AND u.user_id = f.user_id),
    kind = (
      SELECT k.kind FROM stat_kinds k
      WHERE k.workspace_id = f.workspace_id AND k.tier = 'set' AND k.intent_mask = f.intent_mask
        AND k.category_mask = f.category_mask AND k.source = f.source AND k.sentiment = f.sentiment
        AND k.language = f.language
    );
  PERFORM stat_fold_sets();
  PERFORM stat_fold_days();
  RETURN taken;
END
$$;

-- The second half of fold_statistics for stat_days.
CREATE FUNCTION stat_fold_days() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO stat_days AS old (workspace_id, kind, day, counts)
  SELECT f.workspace_id, part, f.day, stat_running_sums(array_agg(f.quarter), array_agg(f.messages))
  FROM (
    SELECT workspace_id, kind, day, quarter, sum(change) AS messages FROM folding GROUP BY 1, 2, 3, 4
  ) AS f
  JOIN stat_kinds k USING (workspace_id, kind) CROSS JOIN unnest(k.parts) AS part
  GROUP BY f.workspace_id, part, f.day
  ON CONFLICT (workspace_id, kind, day) DO UPDATE SET counts = stat_add(old.counts, excluded.counts);
  DELETE FROM stat_days d
  USING (
    SELECT DISTINCT f.workspace_id, part, f.day
    FROM folding f JOIN stat_kinds k USING (workspace_id, kind) CROSS JOIN unnest(k.parts) AS part WHERE f.change = -1
  ) AS touched
  WHERE d.workspace_id = touched.workspace_id AND d.kind = touched.part AND d.day = touched.day AND d.counts[97] = 0;
END
$$;

-- The kinds in which messages of a set count besides: those of the other tiers.
CREATE FUNCTION stat_parts(
  set_intents bigint, set_categories bigint, set_source text, set_sentiment text, set_language text
) RETURNS TABLE (
  tier text, intent_mask bigint, category_mask bigint, source text, sentiment text, language text
) LANGUAGE sql IMMUTABLE AS $$
  SELECT given.tier, label.intents, label.categories, given.source, given.sentiment, given.language
  FROM (
    SELECT 0::bigint AS intents, 0::bigint AS categories
    UNION ALL
    SELECT 1::bigint << i, 0 FROM generate_series(0, 62) AS i WHERE set_intents & (1::bigint << i) <> 0
    UNION ALL
    SELECT 0, 1::bigint << i FROM generate_series(0, 62) AS i WHERE set_categories & (1::bigint << i) <> 0
  ) AS label
  CROSS JOIN (
    VALUES ('all', '', '', ''), ('source', set_source, '', ''), ('sentiment', '', set_sentiment, ''),
           ('language', '', '', set_language), ('full', set_source, set_sentiment, set_language)
  ) AS given (tier, source, sentiment, language)
$$;

-- Gives the users and the kinds in `folding` that have none yet their numbers. Always by index: these tables may have
-- been filled a moment ago, and the planner would take them for small.
CREATE FUNCTION stat_fold_names() RETURNS void LANGUAGE plpgsql
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
BEGIN
  INSERT INTO stat_users (workspace_id, user_id)
  SELECT DISTINCT f.workspace_id, f.user_id FROM folding f
  WHERE NOT EXISTS (SELECT FROM stat_users u WHERE u.workspace_id = f.workspace_id AND u.user_id = f.user_id);
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
END
$$;

-- The half of fold_statistics for stat_sets.
CREATE FUNCTION stat_fold_sets() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO stat_sets AS old (workspace_id, day, kind, messages, quarters, users)
  SELECT workspace_id, day, kind, count(*), string_agg(set_byte('\x00', 0, quarter), ''),
         string_agg(int4send(number), '')
  FROM folding WHERE change = 1
  GROUP BY workspace_id, day, kind
  ON CONFLICT (workspace_id, day, kind) DO UPDATE
  SET messages = old.messages + excluded.messages, quarters = old.quarters || excluded.quarters,
      users = old.users || excluded.users;
  IF NOT EXISTS (SELECT FROM folding WHERE change = -1) THEN
    RETURN;
  END IF;
  WITH touched AS (SELECT DISTINCT workspace_id, day, kind FROM folding WHERE change = -1),
  kept AS (
    SELECT workspace_id, day, kind, quarter, number
    FROM stat_sets JOIN touched USING (workspace_id, day, kind), LATERAL stat_messages(quarters, users)
    EXCEPT ALL
    SELECT workspace_id, day, kind, quarter, number FROM folding WHERE change = -1
  ),
  emptied AS (
    DELETE FROM stat_sets s USING touched t
    WHERE s.workspace_id = t.workspace_id AND s.day = t.day AND s.kind = t.kind AND NOT EXISTS (
      SELECT FROM kept k WHERE k.workspace_id = t.workspace_id AND k.day = t.day AND k.kind = t.kind
    )
  )
  UPDATE stat_sets s SET messages = now.messages, quarters = now.quarters, users = now.users
  FROM (
    SELECT workspace_id, day, kind, count(*) AS messages, string_agg(set_byte('\x00', 0, quarter), '') AS quarters,
           string_agg(int4send(number), '') AS users
    FROM kept GROUP BY workspace_id, day, kind
  ) AS now
  WHERE s.workspace_id = now.workspace_id AND s.day = now.day AND s.kind = now.kind;
END
$$;

DO $$
BEGIN
  EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO earshot_worker', current_database());
END
$$;

-- What was labelled before. The owner sees no rows where it is bound by the policies; the worker's role sees all.
SET LOCAL ROLE earshot_worker;
INSERT INTO stat_changes
SELECT m.workspace_id, 1, m.event_time, m.source, m.user_id, l.intent_mask, l.category_mask, l.sentiment, l.language
FROM labels l JOIN messages m ON m.workspace_id = l.workspace_id AND m.id = l.message_id
WHERE l.valid_to = 'infinity';
RESET ROLE;
