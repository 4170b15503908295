"""Files of messages: `columns` (pure) says what is in them, `parquet` writes that format, `exporter` streams them."""
