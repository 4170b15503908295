-- Erasing reaches what people copied elsewhere: a turn that showed a message is blanked, an alert about one customer
-- goes with its events, what was suggested from an erased ticket is taken back.
GRANT UPDATE ON turns, ticket_analyses TO earshot_app;
GRANT DELETE ON alerts, alert_events, alert_deliveries TO earshot_app;
GRANT UPDATE (erased_by) ON erasures TO earshot_app;
