"""The page as a user meets it: logging in, the overview, questions, and every screen on every size."""

import json
from datetime import date, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, Locator, Page, Request, expect

from tests.browser.steps import PHONE, SCREENS, WIDE, examine, gone_to, last_answer
from tests.support.browser import visiting
from tests.support.stack import StackRig

QUESTION = "how many deposit messages came in yesterday, by hour?"
UNAUTHORIZED = "Failed to load resource: the server responded with a status of 401 (Unauthorized)"


def number(text: str) -> int:
    return int(text.replace(",", ""))


async def test_a_wrong_password_gets_a_sentence_and_a_right_one_the_overview(
    chromium: Browser, inbox: StackRig
) -> None:
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await page.goto(visitor.origin)
        await page.get_by_label("User name").fill(inbox.admin.username)
        await page.get_by_label("Password").fill("wrong")
        await page.get_by_role("button", name="Log in").click()
        await expect(page.get_by_role("alert")).to_have_text("User name or password is wrong.")
        assert visitor.faults == [UNAUTHORIZED]
        visitor.faults.clear()
        await visitor.fill_in_login(inbox.admin.username, inbox.admin.password)


async def test_the_next_user_of_the_tab_sees_nothing_of_the_one_before(chromium: Browser, inbox: StackRig) -> None:
    body = {"username": "vera.browser", "password": "a long password", "role": "viewer"}
    assert (await inbox.http.post("/api/v1/users", json=body)).status_code == 201
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await gone_to(page, "Ask")
        await visitor.ask(QUESTION)
        await last_answer(page)
        conversations = page.get_by_role("navigation", name="Conversations").get_by_role("link")
        await expect(conversations.first).to_be_visible()
        await page.get_by_role("link", name="Overview").click()
        await page.get_by_role("button", name="Log out").click()
        await page.get_by_label("User name").wait_for()
        assert await page.evaluate("sessionStorage.length + localStorage.length") == 0
        await visitor.fill_in_login(body["username"], body["password"])
        await gone_to(page, "Ask")
        await page.get_by_text("What you ask stands here.").wait_for()
        await expect(conversations).to_have_count(0)


async def stats_behind(inbox: StackRig, page: Page, group_by: list[str]) -> Any:
    """Reloads the overview and asks the API the very question that the page asked."""

    def asked(request: Request) -> bool:
        body = json.loads(request.post_data or "{}")
        return request.url.endswith("/api/v1/stats") and bool(body["group_by"] == group_by)

    async with page.expect_request(asked) as caught:
        await page.reload()
    body = json.loads((await caught.value).post_data or "")
    return (await inbox.http.post("/api/v1/stats", json=body)).json()


@pytest.mark.parametrize("days", [7, 30])
async def test_the_overview_shows_the_numbers_of_the_api(chromium: Browser, inbox: StackRig, days: int) -> None:
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await page.get_by_role("button", name=f"{days} days").click()
        await page.wait_for_url(f"**/app/overview?days={days}")
        stats = await stats_behind(inbox, page, ["category"])
        await expect(page.get_by_test_id("total")).to_have_text(f"{int(stats['total']):,}")
        bars = page.get_by_role("listitem").filter(has_text="before")
        await expect(bars).to_have_count(len(stats["rows"]))
        for place, row in enumerate(stats["rows"]):
            await expect(bars.nth(place)).to_contain_text(f"{int(row['value']):,}before")
        daily = await stats_behind(inbox, page, ["day", "category"])
        areas = page.get_by_test_id("trend").locator(".recharts-area-area")
        await expect(areas).to_have_count(len({row["keys"]["category"] for row in daily["rows"]}))


async def test_drawing_over_days_zooms_in_on_them(chromium: Browser, inbox: StackRig) -> None:
    async with visiting(chromium, inbox.stack.url, **WIDE) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        area = page.get_by_test_id("trend").locator(".recharts-area-area").first
        longer = await area.get_attribute("d") or ""
        await page.get_by_role("button", name="7 days").click()
        await page.wait_for_url("**/app/overview?days=7")
        # The longer period is shown until the shorter one has come.
        await expect(area).not_to_have_attribute("d", longer)
        plot = page.get_by_test_id("trend").locator(".recharts-cartesian-grid")
        box = await plot.bounding_box()
        assert box is not None
        middle = box["y"] + box["height"] / 2
        await page.mouse.move(box["x"] + box["width"] * 0.34, middle)
        await page.mouse.down()
        await page.mouse.move(box["x"] + box["width"] * 0.5, middle)
        await page.mouse.move(box["x"] + box["width"] * 0.66, middle)
        await page.get_by_test_id("trend").locator(".recharts-reference-area").wait_for()
        await visitor.screenshot("overview-zooming-wide-light")
        await page.mouse.up()
        await page.wait_for_url("**/app/overview?start=*&end=*")
        days = parse_qs(urlsplit(page.url).query)
        first, last = date.fromisoformat(days["start"][0]), date.fromisoformat(days["end"][0])
        assert (last - first).days == 2
        stats = await stats_behind(inbox, page, ["category"])
        await expect(page.get_by_test_id("total")).to_have_text(f"{int(stats['total']):,}")
        await page.get_by_role("button", name="Zoom out").click()
        await page.wait_for_url(f"**/app/overview?start={first - timedelta(days=3)}&end=*")
        await page.go_back()
        await page.wait_for_url(f"**/app/overview?start={first}&end={last}")


async def test_the_chart_is_zoomed_and_moved_by_keys(chromium: Browser, inbox: StackRig) -> None:
    async with visiting(chromium, inbox.stack.url, **WIDE) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        today = date.fromisoformat(await page.evaluate("new Date().toLocaleDateString('sv')"))
        week = today - timedelta(days=6)
        await page.goto(f"{inbox.stack.url}/app/overview?start={week}&end={today}")
        for key, start, end in (
            ("Earlier", week - timedelta(days=7), week - timedelta(days=1)),
            ("Later", week, today),
            ("Zoom in", week + timedelta(days=2), week + timedelta(days=3)),
            ("Zoom in", week + timedelta(days=2), week + timedelta(days=2)),
            ("Zoom out", week + timedelta(days=1), week + timedelta(days=3)),
        ):
            await page.get_by_role("button", name=key, exact=True).press("Enter")
            await page.wait_for_url(f"**/app/overview?start={start}&end={end}")
            # The address is ahead of the page; the next key belongs to what the page shows.
            await expect(page.locator(f"[data-period='{start}/{end}']")).to_be_visible()


async def test_a_tap_on_a_day_shows_its_hours(chromium: Browser, inbox: StackRig) -> None:
    async with visiting(chromium, inbox.stack.url, **PHONE) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        plot = page.get_by_test_id("trend").locator(".recharts-cartesian-grid")
        await plot.scroll_into_view_if_needed()
        box = await plot.bounding_box()
        assert box is not None
        await page.touchscreen.tap(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2)
        await page.wait_for_url("**/app/overview?start=*&end=*")
        chosen = parse_qs(urlsplit(page.url).query)
        assert chosen["start"] == chosen["end"]
        await expect(page.get_by_text("Messages per hour and category")).to_be_visible()


async def test_a_question_is_answered_with_reading_chart_table_and_receipt(chromium: Browser, inbox: StackRig) -> None:
    asked = {"text": QUESTION, "time_zone": "Europe/Ljubljana"}
    expected = (await inbox.http.post("/api/v1/chat", json=asked)).json()
    async with visiting(chromium, inbox.stack.url, **WIDE) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await gone_to(page, "Ask")
        suggestions = page.get_by_role("region", name="Conversation")
        await suggestions.get_by_role("button", name=QUESTION).click()
        answer = await last_answer(page)
        reading = answer.get_by_role("group", name="How the question was read")
        await expect(reading).to_contain_text("deposit")
        await expect(reading).to_contain_text("by hour")
        await expect(answer).to_contain_text(expected["interpretation"]["explanation"])
        total = f"{int(expected['stats']['total']):,} deposit messages"
        await expect(answer.get_by_test_id("answer")).to_contain_text(total)
        filled = [row for row in expected["stats"]["rows"] if row["value"]]
        await expect(answer.locator(".recharts-bar-rectangle path")).to_have_count(len(filled))
        await answer.get_by_text("Table", exact=True).click()
        cells = await answer.get_by_role("table").locator("tbody td:last-child").all_inner_texts()
        assert [number(cell) for cell in cells] == [row["value"] for row in expected["stats"]["rows"]]
        await answer.get_by_test_id("receipt").locator("summary").click()
        receipt = json.loads(await answer.get_by_role("region", name="Receipt").inner_text())
        replayed = (await inbox.http.post("/api/v1/stats", json=receipt["queries"][0])).json()
        assert replayed["total"] == expected["stats"]["total"]

        await visitor.ask("and by source?")
        follow_up = await last_answer(page)
        await expect(follow_up.get_by_label("How the question was read")).to_contain_text("deposit")
        await expect(page.get_by_role("article")).to_have_count(2)
        session = page.url.rpartition("/")[2]
        turns = (await inbox.http.get(f"/api/v1/sessions/{session}/messages")).json()["messages"]
        assert [turn["text"].lower() for turn in turns] == [QUESTION, "and by source?"]
        await page.reload()
        await expect(page.get_by_role("article")).to_have_count(2)
        await expect(page.get_by_role("article").first).to_contain_text(total)


async def test_a_choice_of_readings_is_a_click(chromium: Browser, inbox: StackRig) -> None:
    unclear = "how many messages on 24 December 2099"
    choices = (await inbox.http.post("/api/v1/interpret", json={"text": unclear})).json()["choices"]
    assert choices
    async with visiting(chromium, inbox.stack.url) as visitor:
        await visitor.log_in(inbox.admin)
        await gone_to(visitor.page, "Ask")
        await visitor.ask(unclear)
        answer = await last_answer(visitor.page)
        await expect(answer.get_by_test_id("receipt")).to_have_count(0)
        await answer.get_by_role("button", name=choices[0], exact=True).click()
        await expect(visitor.page.get_by_role("article")).to_have_count(2)
        await (await last_answer(visitor.page)).get_by_test_id("receipt").wait_for()


@SCREENS
async def test_every_screen_fits_and_is_accessible(
    chromium: Browser, inbox: StackRig, screen: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    kind = request.node.callspec.id
    async with visiting(chromium, inbox.stack.url, **screen) as visitor:
        page = visitor.page
        await page.goto(visitor.origin)
        await page.get_by_label("User name").wait_for()
        await examine(visitor, f"login-{kind}")
        await visitor.log_in(inbox.admin)
        await page.get_by_test_id("trend").locator(".recharts-area-area").first.wait_for()
        await examine(visitor, f"overview-{kind}")
        chart = await page.get_by_test_id("trend").bounding_box()
        assert chart is not None
        await page.mouse.move(chart["x"] + chart["width"] / 2, chart["y"] + chart["height"] / 2)
        await examine(visitor, f"overview-tooltip-{kind}")
        await gone_to(page, "Ask")
        await page.get_by_role("heading", name="What do you want to know?").wait_for()
        await examine(visitor, f"ask-{kind}")
        questions = (QUESTION, "top 5 reasons last week compared with the week before", "show examples of bonus")
        for count, question in enumerate(questions, start=1):
            await visitor.ask(question)
            await expect(page.get_by_role("article")).to_have_count(count)
            await last_answer(page)
        first = page.get_by_role("article").first
        await first.get_by_text("Table", exact=True).scroll_into_view_if_needed()  # a chart is drawn when it is seen
        await first.locator(".recharts-bar-rectangle").first.wait_for()
        await examine(visitor, f"chat-{kind}")
        await first.get_by_text("Table", exact=True).click()
        await first.get_by_test_id("receipt").locator("summary").click()
        await examine(visitor, f"chat-opened-{kind}")


async def tab_to(page: Page, target: Locator) -> None:
    """Presses Tab until the target has the focus."""
    for presses in count():
        assert presses < 40, "Tab does not lead there"
        await page.keyboard.press("Tab")
        if await target.evaluate("(element) => element === document.activeElement"):
            return


async def test_the_keyboard_is_enough(chromium: Browser, inbox: StackRig) -> None:
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await page.goto(visitor.origin)
        await tab_to(page, page.get_by_label("User name"))
        await page.keyboard.type(inbox.admin.username)
        await page.keyboard.press("Tab")
        await page.keyboard.type(inbox.admin.password)
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Overview").wait_for()
        await tab_to(page, page.get_by_role("link", name="Ask"))
        await page.keyboard.press("Enter")
        await tab_to(page, page.get_by_label("Your question"))
        await page.keyboard.type(QUESTION)
        await page.keyboard.press("Enter")
        answer = await last_answer(page)
        await expect(answer.get_by_test_id("answer")).to_contain_text("deposit messages")
        await expect(page.get_by_label("Your question")).to_be_focused()
