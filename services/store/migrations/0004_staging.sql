-- Many messages at once are copied into a temporary table first. Anybody may make one by default; where that was taken
-- away, the store may still.
DO $$
BEGIN
  EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO earshot_app', current_database());
END
$$;
