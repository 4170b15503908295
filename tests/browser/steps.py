"""What visitors do in many tests: going to a view, waiting for an answer, and looking closely at what they see."""

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.support.browser import Visitor
from tests.support.stack import StackRig

WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "color_scheme": "dark",
    "has_touch": True,
    "is_mobile": True,
}
SCREENS = pytest.mark.parametrize("screen", [WIDE, PHONE], ids=["wide-light", "phone-dark"])


async def gone_to(page: Page, view: str) -> None:
    """Goes to a view by its link, which a phone may keep behind a button."""
    link = page.get_by_role("link", name=view, exact=True)
    more = page.get_by_role("button", name="More", exact=True)
    # The views of a role come when the role is known.
    await link.or_(more).first.wait_for()
    if await more.is_visible() and not await link.is_visible():
        await more.click()
    await link.click()


async def opened(page: Page, view: str) -> None:
    """Goes to a view and waits for its heading."""
    await gone_to(page, view)
    await page.get_by_role("heading", name=view, exact=True, level=1).wait_for()


async def last_answer(page: Page) -> Locator:
    """The latest answer, once it has ended."""
    article = page.get_by_role("article").last
    await expect(article).to_have_attribute("aria-busy", "false")
    return article


async def examine(visitor: Visitor, name: str) -> None:
    """Keeps a picture; nothing may reach beyond the screen, and axe must find no fault."""
    await visitor.screenshot(name)
    found = [*await visitor.too_wide(), *await visitor.barriers()]
    assert not found, (name, found)


async def written(inbox: StackRig, *texts: str) -> None:
    """More messages, labelled."""
    now = datetime.now(UTC).isoformat()
    messages = [{"source": "livechat", "user_id": "browser", "timestamp": now, "text": text} for text in texts]
    answer = await inbox.http.post("/api/v1/messages?wait=30", json={"messages": messages})
    assert {message["status"] for message in answer.json()["messages"]} == {"labelled"}, answer.text
