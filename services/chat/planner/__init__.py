"""The deterministic planner: a question in words to one typed interpretation, with no model and no network."""

from services.chat.planner.plan import period_said, plan

__all__ = ["period_said", "plan"]
