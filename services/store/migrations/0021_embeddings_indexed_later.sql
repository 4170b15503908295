-- Putting an embedding into its index costs more than all else about a message together, so labels do not wait for it: an
-- embedding is written without, and the background takes it into the index. Until then search compares it one by one.
ALTER TABLE message_embeddings ADD COLUMN indexed boolean NOT NULL DEFAULT true;
ALTER TABLE message_embeddings ALTER COLUMN indexed SET DEFAULT false;
DROP INDEX message_embeddings_near;
CREATE INDEX message_embeddings_near ON message_embeddings USING hnsw (embedding halfvec_ip_ops)
  WITH (m = 12, ef_construction = 40) WHERE indexed;
CREATE INDEX message_embeddings_fresh ON message_embeddings (workspace_id, message_id) WHERE NOT indexed;
