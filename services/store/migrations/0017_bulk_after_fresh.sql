-- Messages of an import are labelled, and compared, where none wait that came one by one: a year of history brought in at
-- once must not hold up what a customer writes now. Each kind has its own index, so an import pays for one.
ALTER TABLE label_queue ADD COLUMN bulk boolean NOT NULL DEFAULT false;
DROP INDEX label_queue_order;
CREATE INDEX label_queue_fresh ON label_queue (retry_time, message_id) WHERE NOT failed AND NOT bulk;
CREATE INDEX label_queue_bulk ON label_queue (retry_time, message_id) WHERE NOT failed AND bulk;

ALTER TABLE incident_queue ADD COLUMN bulk boolean NOT NULL DEFAULT false;
ALTER TABLE incident_queue DROP CONSTRAINT incident_queue_pkey, ADD PRIMARY KEY (workspace_id, bulk, message_id);
