"""What keeps the database small, true and quick, in the background: retention, erasure, folding."""
