"""Files of messages: reading records, mapping columns, sending chunks until every row is acknowledged or refused."""
