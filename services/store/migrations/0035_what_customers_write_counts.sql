-- Statistics count what customers write. What agents and bots answer is stored, labelled and found, and was counted with
-- it: with a channel that tells both sides, a conversation of one person was several messages of several people.
CREATE OR REPLACE FUNCTION note_labels() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO stat_changes
    SELECT m.workspace_id, -1, m.event_time, m.source, m.user_id, l.intent_mask, l.category_mask, l.sentiment, l.language
    FROM before_labels l JOIN messages m ON m.workspace_id = l.workspace_id AND m.id = l.message_id
    WHERE l.valid_to = 'infinity' AND m.author = 'customer';
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO stat_changes
    SELECT m.workspace_id, 1, m.event_time, m.source, m.user_id, l.intent_mask, l.category_mask, l.sentiment, l.language
    FROM after_labels l JOIN messages m ON m.workspace_id = l.workspace_id AND m.id = l.message_id
    WHERE l.valid_to = 'infinity' AND m.author = 'customer';
  END IF;
  PERFORM pg_notify('earshot_statistics', '');
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION note_deleted_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO stat_changes
  SELECT m.workspace_id, -1, m.event_time, m.source, m.user_id, l.intent_mask, l.category_mask, l.sentiment, l.language
  FROM before_messages m JOIN labels l ON l.workspace_id = m.workspace_id AND l.message_id = m.id
  WHERE l.valid_to = 'infinity' AND m.author = 'customer';
  PERFORM pg_notify('earshot_statistics', '');
  RETURN NULL;
END
$$;

SET LOCAL ROLE earshot_worker;
INSERT INTO stat_changes
SELECT m.workspace_id, -1, m.event_time, m.source, m.user_id, l.intent_mask, l.category_mask, l.sentiment, l.language
FROM messages m JOIN labels l ON l.workspace_id = m.workspace_id AND l.message_id = m.id
WHERE m.author = 'agent' AND l.valid_to = 'infinity';
RESET ROLE;
