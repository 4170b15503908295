-- Conversations that nobody has used for long may be deleted: the worker finds workspaces that have some.
CREATE POLICY every_workspace ON conversations FOR SELECT TO earshot_worker USING (true);
GRANT SELECT (workspace_id, update_time) ON conversations TO earshot_worker;
CREATE INDEX conversations_update_time ON conversations (update_time);
