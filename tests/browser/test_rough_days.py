"""What the page must outlive: an origin that is not secure, a server that is away, streams that end, odd addresses."""

import asyncio
import json
import uuid
from typing import Final

from playwright.async_api import Browser, Route, expect

from tests.browser.steps import gone_to, last_answer, opened, written
from tests.support.browser import visiting
from tests.support.stack import StackRig

# What browsers keep from an origin that is neither HTTPS nor localhost (https://w3c.github.io/webappsec-secure-contexts).
_NOT_SECURE: Final = """
delete Crypto.prototype.randomUUID;
delete Navigator.prototype.locks;
delete Navigator.prototype.clipboard;
"""
_WORN_OUT: Final = """() => {
  const login = JSON.parse(localStorage.getItem("earshot.login"));
  const kept = { ...login, accessToken: "worn.out.token", expiresAt: Date.now() - 1000 };
  localStorage.setItem("earshot.login", JSON.stringify(kept));
}"""
_AWAY: Final = {"type": "urn:earshot:problem:STORE_UNAVAILABLE", "title": "Service Unavailable", "status": 503}
_OVER: Final = {"code": "UNAUTHENTICATED", "reason": "TOKEN_EXPIRED", "message": "The token has expired."}


async def test_one_can_log_in_and_ask_by_plain_http_from_another_machine(chromium: Browser, inbox: StackRig) -> None:
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await page.add_init_script(_NOT_SECURE)
        await page.goto(visitor.origin)
        await visitor.fill_in_login(inbox.admin.username, inbox.admin.password)
        await gone_to(page, "Ask")
        await visitor.ask("how many messages came in yesterday?")
        await expect((await last_answer(page)).get_by_test_id("answer")).to_contain_text("messages")
        await opened(page, "Categories")
        await page.get_by_role("button", name="New category").click()
        await page.get_by_role("button", name="Define and try it").wait_for()


async def test_a_login_outlives_a_server_that_is_away_when_its_token_ends(chromium: Browser, inbox: StackRig) -> None:
    async def away(route: Route) -> None:
        told = {**_AWAY, "detail": "The store is away.", "reason": "STORE_UNAVAILABLE", "request_id": "1"}
        await route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(told))

    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await page.route("**/api/v1/auth/token", away)
        await page.evaluate(_WORN_OUT)
        await page.goto(f"{visitor.origin}/app/alerts")
        await expect(page.get_by_text("The store is away.").first).to_be_visible()
        await page.unroute_all()
        await page.get_by_role("button", name="Try again").first.click()
        # Who one is, and with it where one may go, is asked again without a click.
        await expect(page.get_by_role("link", name="Messages")).to_be_visible()
        assert all("503 (Service Unavailable)" in fault for fault in visitor.faults)
        visitor.faults.clear()


async def test_the_live_view_outlives_the_end_of_its_stream(chromium: Browser, inbox: StackRig) -> None:
    ended: list[str] = []

    async def once(route: Route) -> None:
        if ended:
            await route.continue_()
            return
        ended.append(route.request.url)
        body = f'event: position\nid: \ndata: {{"cursor": ""}}\n\nevent: failed\ndata: {json.dumps(_OVER)}\n\n'
        await route.fulfill(content_type="text/event-stream", body=body)

    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await page.route("**/api/v1/events", once)
        await opened(page, "Live")
        await expect(page.get_by_role("status").filter(has_text="connecting")).to_be_visible()
        await expect(page.get_by_text("connected", exact=True)).to_be_visible()
        await expect(page.get_by_test_id("live").get_by_role("article").first).to_be_visible()
        assert ended


async def test_the_live_view_begins_anew_where_its_place_is_kept_no_more(chromium: Browser, inbox: StackRig) -> None:
    asked: list[str] = []

    async def after_a_week(route: Route) -> None:
        asked.append(route.request.headers.get("last-event-id", ""))
        if len(asked) > 2:
            await route.continue_()
        elif asked[-1]:
            problem = {"status": 400, "reason": "CURSOR_EXPIRED", "detail": "The cursor is older than seven days."}
            await route.fulfill(status=400, content_type="application/problem+json", body=json.dumps(problem))
        else:
            body = 'event: position\nid: old\ndata: {"cursor": "old"}\n\n'
            await route.fulfill(content_type="text/event-stream", body=body)

    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await page.route("**/api/v1/events", after_a_week)
        await opened(page, "Live")
        async with asyncio.timeout(30):
            while len(asked) < 3:  # noqa: ASYNC110 - the page asks when it likes
                await asyncio.sleep(0.05)
        await expect(page.get_by_text("connected", exact=True)).to_be_visible()
        text = f"live {uuid.uuid4().hex}: my bonus is missing"
        await written(inbox, text)
        await expect(page.get_by_test_id("live").get_by_role("article").first).to_contain_text(text)
        assert asked == ["", "old", ""]
        assert all("400 (Bad Request)" in fault for fault in visitor.faults)
        visitor.faults.clear()


async def test_a_question_that_could_not_be_asked_stands_there_to_be_asked_again(
    chromium: Browser, inbox: StackRig
) -> None:
    question = "how many messages came in yesterday?"
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await gone_to(page, "Ask")
        await page.route("**/api/v1/chat/stream", lambda route: route.abort())
        await visitor.ask(question)
        await expect(page.get_by_role("alert")).to_be_visible()
        await expect(page.get_by_label("Your question")).to_have_value(question)
        await page.unroute_all()
        await page.get_by_role("button", name="Ask", exact=True).click()
        await last_answer(page)
        await expect(page.get_by_label("Your question")).to_have_value("")
        assert all("net::ERR" in fault for fault in visitor.faults)
        visitor.faults.clear()


async def test_a_conversation_of_several_pages_is_shown_to_its_end(chromium: Browser, inbox: StackRig) -> None:
    session = (await inbox.http.post("/api/v1/sessions", json={})).json()["id"]
    for day in ("today", "yesterday", "last week"):
        body = {"text": f"how many messages came in {day}?", "session_id": session}
        (await inbox.http.post("/api/v1/chat", json=body)).raise_for_status()

    async def short(route: Route) -> None:
        await route.continue_(url=route.request.url.replace("page_size=200", "page_size=2"))

    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await page.route("**/messages?page_size=200*", short)
        await page.goto(f"{visitor.origin}/app/chat/{session}")
        await expect(page.get_by_role("article")).to_have_count(3)
        await expect(page.get_by_role("article").last).to_have_accessible_name(
            "Answer to: how many messages came in last week?"
        )


async def test_numbers_of_the_choice_before_are_not_taken_for_those_of_the_new_one(
    chromium: Browser, inbox: StackRig
) -> None:
    answered = asyncio.Event()

    async def slowly(route: Route) -> None:
        await answered.wait()
        await route.continue_()

    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        figures = page.get_by_test_id("figures")
        await expect(figures.get_by_test_id("total")).not_to_have_text("…")
        await expect(figures).to_have_attribute("aria-busy", "false")
        await page.route("**/api/v1/stats", slowly)
        await page.get_by_role("button", name="Today").click()
        await expect(figures).to_have_attribute("aria-busy", "true")
        answered.set()
        await expect(figures).to_have_attribute("aria-busy", "false")


async def test_an_address_that_makes_no_sense_still_shows_its_view(chromium: Browser, inbox: StackRig) -> None:
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        for query in ("language=e_n!", "start=2026-13-45&end=2026-13-46", "start=2026-02-31&end=2026-03-02"):
            await page.goto(f"{visitor.origin}/app/overview?{query}")
            await expect(page.get_by_test_id("total")).not_to_have_text("…")


async def test_a_view_that_fails_says_so_and_the_others_go_on(chromium: Browser, inbox: StackRig) -> None:
    async def nonsense(route: Route) -> None:
        await route.fulfill(content_type="application/json", body='{"alerts": [null], "next_page_token": null}')

    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await page.route("**/api/v1/alerts", nonsense)
        await gone_to(page, "Alerts")
        await expect(page.get_by_role("heading", name="The page failed")).to_be_visible()
        await gone_to(page, "Overview")
        await expect(page.get_by_test_id("total")).not_to_have_text("…")
        visitor.faults.clear()
