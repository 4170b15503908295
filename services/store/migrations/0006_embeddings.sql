-- Where a message lies in the encoder's space. pgvector comes with the embedded Postgres and with the image of
-- docker-compose.yml; it is a trusted extension, so on a managed Postgres the owner of the database may make it, and
-- where an administrator has made it nothing happens here.
CREATE EXTENSION IF NOT EXISTS vector;

-- One row per message, made with its labels. Values of different encoders must never be compared.
CREATE TABLE message_embeddings (
  workspace_id text COLLATE "C" NOT NULL,
  message_id uuid NOT NULL,
  encoder text COLLATE "C" NOT NULL,
  -- L2-normalised, so the negative inner product (<#>) orders as the cosine does.
  embedding halfvec(384) NOT NULL,
  -- The encoder stands in the index so that looking for what another one made reads no embedding.
  PRIMARY KEY (workspace_id, message_id) INCLUDE (encoder)
);

-- Links and breadth are half of pgvector's defaults: an insert then takes a fifth of the time (0.7 instead of 3.4 ms),
-- and labelling must not wait for it. bench/search.py holds the recall.
CREATE INDEX message_embeddings_near ON message_embeddings USING hnsw (embedding halfvec_ip_ops)
  WITH (m = 8, ef_construction = 32);

ALTER TABLE message_embeddings ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_embeddings FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON message_embeddings TO earshot_app
  USING (workspace_id = current_setting('earshot.workspace', true));
CREATE POLICY every_workspace ON message_embeddings TO earshot_worker USING (true);
GRANT SELECT, DELETE ON message_embeddings TO earshot_app;
GRANT SELECT, INSERT, UPDATE ON message_embeddings TO earshot_worker;

-- Full text with its index. Under row-level security Postgres does not use an index for an operator that it does not
-- trust with rows of others (@@ is not marked leakproof). This function does, as a role that may read every workspace,
-- and answers the caller's own workspace only, whichever it is asked for.
CREATE INDEX message_search_words ON message_search USING gin (words) WITH (fastupdate = off);

CREATE FUNCTION search_words(wanted tsquery, newest integer)
RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT s.message_id FROM public.message_search s
  WHERE s.workspace_id = current_setting('earshot.workspace', true) AND s.words @@ wanted
  ORDER BY s.message_id DESC LIMIT newest
$$;

-- Postgres lets nobody own a function in a schema in which they may make none.
GRANT CREATE ON SCHEMA public TO earshot_worker;
ALTER FUNCTION search_words(tsquery, integer) OWNER TO earshot_worker;
REVOKE CREATE ON SCHEMA public FROM earshot_worker;
REVOKE EXECUTE ON FUNCTION search_words(tsquery, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_words(tsquery, integer) TO earshot_app;
