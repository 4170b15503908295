"""The language model of the settings as a reader of questions, to be compared with the planner on the same sets."""

import asyncio
from datetime import datetime

from services.chat.evaluation.score import Planner
from services.chat.interpreting.interpreter import Interpreter, Question
from services.chat.question import Interpretation
from services.chat.settings import ChatSettings
from services.chat.upstream.language_model import open_upstream
from services.runtime.auth import Identity, Role
from services.runtime.settings import load_settings_or_exit

_EVALUATOR = Identity(user_id="evaluation", workspace_id="evaluation", role=Role.ADMIN, name="evaluation")


def read_by_model() -> Planner:
    """A planner whose every reading is the model's, dates by code. Exits with code 2 where no model is configured."""
    settings = load_settings_or_exit(ChatSettings)
    if not settings.upstream_base_url:
        raise SystemExit("No language model is configured: set EARSHOT_LLM_BASE_URL and EARSHOT_LLM_MODEL.")

    def planner(text: str, *, now: datetime, time_zone: str, in_force: Interpretation | None) -> Interpretation:
        question = Question(text=text, now=now, time_zone=time_zone, in_force=in_force, caller=_EVALUATOR)
        return asyncio.run(_read(settings, question))

    return planner


async def _read(settings: ChatSettings, question: Question) -> Interpretation:
    upstream = open_upstream(settings)
    if upstream is None:
        raise SystemExit("No language model is configured.")
    try:
        return (await Interpreter(upstream).read(question, model=settings.default_model)).interpretation
    finally:
        await upstream.close()
