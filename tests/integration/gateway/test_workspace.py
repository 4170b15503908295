"""What a workspace sets for itself, over HTTP (C38, H36)."""

from typing import Any

import pytest

from gateway.shapes.workspace import WorkspaceSettingsAnswer
from services.runtime.auth import Role
from tests.integration.gateway.test_roles import _acting
from tests.support.stack import StackRig

PATH = "/api/v1/workspace/settings"
PROMPT = "Speak of bakeries."
LANGUAGES_OF_ALL = {"codes": [], "origin": "deployment"}
PROMPT_OF_ALL = {"text": None, "origin": "deployment"}
NOTHING_OWN = {"accepted_languages": LANGUAGES_OF_ALL, "system_prompt": PROMPT_OF_ALL}


async def test_what_is_given_changes_and_null_is_the_deployments(stack: StackRig) -> None:
    async with _acting(stack, Role.ADMIN, workspace="settled") as http:

        async def changed(**body: Any) -> dict[str, Any]:
            answer = await http.patch(PATH, json=body)
            assert answer.status_code == 200, answer.text
            WorkspaceSettingsAnswer.model_validate_json(answer.text)
            shown: dict[str, Any] = answer.json()
            assert (await http.get(PATH)).json() == shown
            return shown

        own = {"codes": ["en", "sl"], "origin": "workspace"}
        prompt = {"text": PROMPT, "origin": "workspace"}
        assert await changed() == NOTHING_OWN
        assert await changed(accepted_languages=["sl", "en"]) == {**NOTHING_OWN, "accepted_languages": own}
        assert await changed(system_prompt=PROMPT) == {"accepted_languages": own, "system_prompt": prompt}
        every = {"codes": [], "origin": "workspace"}
        assert await changed(accepted_languages=[]) == {"accepted_languages": every, "system_prompt": prompt}
        assert await changed(accepted_languages=None) == {**NOTHING_OWN, "system_prompt": prompt}
        assert await changed(system_prompt=None, accepted_languages=None) == NOTHING_OWN


@pytest.mark.parametrize(
    "body",
    [
        {"accepted_languages": ["EN"]},
        {"accepted_languages": ["eng"]},
        {"accepted_languages": "en"},
        {"accepted_languages": ["en"] * 101},
        {"system_prompt": ""},
        {"system_prompt": "   "},
        {"system_prompt": "s" * 8001},
        {"languages": ["en"]},
    ],
)
async def test_what_breaks_a_rule_changes_nothing(stack: StackRig, body: dict[str, Any]) -> None:
    async with _acting(stack, Role.ADMIN, workspace="unsettled") as http:
        answer = await http.patch(PATH, json=body)
        assert (answer.status_code, bool(answer.json()["violations"])) == (400, True), answer.text
        assert (await http.get(PATH)).json() == NOTHING_OWN
