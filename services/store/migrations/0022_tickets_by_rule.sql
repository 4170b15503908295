-- Tickets that a rule makes when it fires, in the transaction that opens the episode.
ALTER TABLE alert_rules ADD COLUMN opens_ticket boolean NOT NULL DEFAULT false;

GRANT INSERT ON tickets, ticket_queue TO earshot_worker;
