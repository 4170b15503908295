"""Answers that take their time: seen as they come, stopped, read on after a reload. A scripted model writes them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.steps import gone_to
from tests.support.beside import beside
from tests.support.browser import visiting
from tests.support.openai_server import Script, scripted_upstream
from tests.support.stack import StackRig

TEXT = "Customers mostly wrote about their deposits and asked where the money is"
WORDS = tuple(f"{word} " for word in TEXT.split())
QUICK = Script(deltas=WORDS)
ENDLESS = Script(deltas=WORDS, stall_after=4)
SLOW = Script(deltas=WORDS, delay_seconds=0.4)
SMALL_CLIENT = Path(__file__).with_name("small_client.js")
QUESTION = "what did people write about deposits yesterday?"


@dataclass(slots=True, kw_only=True)
class Model:
    """What the scripted model does next."""

    origin: str
    script: Script = QUICK


@pytest_asyncio.fixture(scope="module")
async def model(inbox: StackRig, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Model]:
    """A chat whose answers a model writes, and the page before it."""
    scripted = Model(origin="")
    async with scripted_upstream(respond=lambda _: scripted.script) as upstream:
        settings = {"EARSHOT_LLM_BASE_URL": upstream.base_url, "EARSHOT_LLM_MODEL": "scripted"}
        async with beside(inbox.stack, tmp_path_factory.mktemp("beside"), **settings) as second:
            scripted.origin = second.url
            yield scripted


async def test_an_answer_is_stopped_and_keeps_what_was_said(chromium: Browser, inbox: StackRig, model: Model) -> None:
    model.script = ENDLESS
    async with visiting(chromium, model.origin) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await gone_to(page, "Ask")
        await visitor.ask(QUESTION)
        answer = page.get_by_role("article")
        await expect(answer).to_contain_text("Customers mostly wrote")
        await expect(answer).to_have_attribute("aria-busy", "true")
        await expect(answer.get_by_label("How the question was read")).to_contain_text("deposit")
        await page.get_by_role("button", name="Stop").click()
        await expect(answer).to_have_attribute("aria-busy", "false")
        await expect(answer.get_by_text("stopped", exact=True)).to_be_visible()
        await page.reload()
        await expect(answer.get_by_text("stopped", exact=True)).to_be_visible()
        await expect(answer).to_contain_text("Customers mostly wrote")
        model.script = QUICK
        await visitor.ask("and the week before?")
        await expect(page.get_by_role("article").last).to_contain_text(TEXT)


async def test_a_reload_in_mid_answer_reads_on(chromium: Browser, inbox: StackRig, model: Model) -> None:
    model.script = SLOW
    async with visiting(chromium, model.origin) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await gone_to(page, "Ask")
        await visitor.ask(QUESTION)
        answer = page.get_by_role("article")
        await expect(answer).to_contain_text("Customers mostly")
        await page.reload()
        await expect(page.get_by_role("region", name="Conversation").get_by_text(QUESTION)).to_be_visible()
        await expect(answer).to_have_attribute("aria-busy", "true")
        await expect(answer).to_have_attribute("aria-busy", "false", timeout=20_000)
        await expect(answer).to_contain_text(TEXT)
        await expect(answer.get_by_test_id("receipt")).to_be_visible()
        await page.reload()
        await expect(answer).to_contain_text(TEXT)
        await expect(page.get_by_role("article")).to_have_count(1)


async def test_thirty_lines_of_a_browser_list_create_stream_and_stop(
    chromium: Browser, inbox: StackRig, model: Model
) -> None:
    """G9: no library, nothing of the page's."""
    model.script = ENDLESS
    client = SMALL_CLIENT.read_text(encoding="utf-8")
    assert len(client.splitlines()) <= 32
    who = {"username": inbox.admin.username, "password": inbox.admin.password}
    async with visiting(chromium, model.origin) as visitor:
        await visitor.page.goto(f"{model.origin}/docs")
        done = await visitor.page.evaluate(client, {**who, "question": QUESTION, "until": "wrote"})
    assert (done["names"][0], done["names"][-1], done["listed"]) == ("started", "cancelled", True)
    assert done["text"].startswith("Customers mostly wrote")
