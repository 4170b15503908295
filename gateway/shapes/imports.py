"""What an import says of a file."""

from gateway.shapes.answers import Answer


class RowErrorAnswer(Answer):
    """Why a row was not taken. Rows count from 1, the header not among them."""

    row: int
    field: str
    reason: str
    message: str


class ImportAnswer(Answer):
    """What became of a file's rows. `without_user`: those that do not say who wrote them and got `user_id`.

    Numbers of people count all that have one user id as one.
    """

    import_id: str
    rows: int
    created: int
    existing: int
    failed: int
    errors: list[RowErrorAnswer]
    without_user: int
    dry_run: bool | None = None
