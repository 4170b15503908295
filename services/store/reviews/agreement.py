"""How often two judgements agree, beyond chance: Cohen's kappa (Educational and Psychological Measurement 20, 1960)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Counts of yes and no of two judges over the same messages."""

    both: int
    first_only: int
    second_only: int
    neither: int

    @property
    def messages(self) -> int:
        """Messages judged."""
        return self.both + self.first_only + self.second_only + self.neither

    def kappa(self) -> float | None:
        """Cohen's kappa in [-1, 1]; None without messages, or where both always said the same one thing."""
        total = self.messages
        if not total:
            return None
        observed = (self.both + self.neither) / total
        first, second = (self.both + self.first_only) / total, (self.both + self.second_only) / total
        expected = first * second + (1 - first) * (1 - second)
        return None if expected >= 1 else (observed - expected) / (1 - expected)
