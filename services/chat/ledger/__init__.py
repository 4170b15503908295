"""The number ledger: every numeral and claim of an answer bound to the data, masked or contradicted. Pure."""
