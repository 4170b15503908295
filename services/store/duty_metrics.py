"""What is counted of alert rules, webhooks and tickets."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

_ANALYSIS_SECONDS: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class DutyMetrics:
    """The series of one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.evaluations = Counter(
            "earshot_alert_evaluations",
            "Evaluations of alert rules, by outcome: holds, quiet, failed.",
            ("outcome",),
            registry=registry,
        )
        self.deliveries = Counter(
            "earshot_alert_deliveries",
            "Attempts on webhooks, by outcome: delivered, retried, dead.",
            ("outcome",),
            registry=registry,
        )
        self.tickets = Counter(
            "earshot_tickets_analysed",
            "Tickets the analyst finished, by outcome: done, retried, failed.",
            ("outcome",),
            registry=registry,
        )
        self.analysis_seconds = Histogram(
            "earshot_ticket_analysis_seconds",
            "Time from a ticket's coming to its analysis, where the first attempt succeeded.",
            registry=registry,
            buckets=_ANALYSIS_SECONDS,
        )
