-- What a request that made a category asked for: the category itself may be renamed, and its examples erased, since. Empty
-- for those made before.
ALTER TABLE custom_categories ADD COLUMN payload_hash bytea NOT NULL DEFAULT '';
