"""What an import says of a file."""

from gateway.shapes.answers import Answer


class RowErrorAnswer(Answer):
    """Why a row was not taken. Rows count from 1, the header not among them."""

    row: int
    field: str
    reason: str
    message: str


class ImportAnswer(Answer):
    """What became of a file's rows."""

    import_id: str
    rows: int
    created: int
    existing: int
    failed: int
    errors: list[RowErrorAnswer]
    dry_run: bool | None = None
