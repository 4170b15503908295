"""The views beside the overview and the chat: figures lead to messages, search, live feed, review, alerts, account."""

import uuid
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Route, expect

from tests.browser.steps import SCREENS, examine, opened, written
from tests.support.browser import ZONE, visiting
from tests.support.stack import StackRig


async def test_a_figure_leads_to_its_messages_and_the_address_can_be_shared(chromium: Browser, inbox: StackRig) -> None:
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await page.get_by_role("button", name="90 days").click()
        bar = page.get_by_role("listitem").filter(has_text="before").locator("a[href*='days=90']").first
        await bar.click()
        await page.get_by_role("heading", name="Messages", exact=True).wait_for()
        asked = parse_qs(urlsplit(page.url).query)
        (category,) = asked["category"]
        assert (asked["days"], asked.pop("author")) == (["90"], ["customer"])
        body = {"filters": {"categories": {"any_of": [category]}}, "time_zone": "Europe/Ljubljana"}
        total = (await inbox.http.post("/api/v1/stats", json=body)).json()["total"]
        rows = page.get_by_test_id("messages").get_by_role("article")
        await expect(rows).to_have_count(min(50, int(total)))
        shared = page.url
        name = f"View {uuid.uuid4().hex[:6]}"
        await page.get_by_role("button", name="Views").click()
        await page.get_by_role("menuitem", name="Save or delete…").click()
        await page.get_by_label("Name").fill(name)
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await page.goto(f"{visitor.origin}/app/overview")
        await page.get_by_role("button", name="Views").click()
        await page.get_by_role("menuitem", name=name).click()
        await page.get_by_label("Filters in force").wait_for()
        assert parse_qs(urlsplit(page.url).query) == asked
        await page.get_by_role("button", name="Views").click()
        await page.get_by_role("menuitem", name="Save or delete…").click()
        await page.get_by_role("button", name=f"Delete {name}").wait_for()
        await examine(visitor, "saved-views-wide-light")
        await page.get_by_role("button", name=f"Delete {name}").click()
        await expect(page.get_by_role("button", name=f"Delete {name}")).to_have_count(0)
        await page.goto(shared)
        await expect(rows).to_have_count(min(50, int(total)))
        if total > 50:
            await page.get_by_role("button", name="Show more").click()
            await expect(rows).to_have_count(min(100, int(total)))
        answered = await _answer(inbox, await rows.first.locator("p").nth(1).inner_text())
        await page.reload()
        await expect(rows.first).to_be_visible()
        await expect(rows.filter(has_text=answered)).to_have_count(0)
        await page.get_by_role("button", name="Customers only", pressed=True).click()
        await expect(rows.filter(has_text=answered)).to_have_count(1)
        await page.get_by_role("button", name="Clear").click()
        await expect(page.get_by_label("Filters in force")).to_have_count(0)


async def _answer(inbox: StackRig, text: str) -> str:
    """An agent's message with the words of a customer's, and a mark of its own, which is answered."""
    mark = f"ref {uuid.uuid4().hex[:8]}"
    now = datetime.now(UTC).isoformat()
    said = {"source": "livechat", "user_id": "agent-1", "author": "agent", "timestamp": now, "text": f"{text} {mark}"}
    stored = await inbox.http.post("/api/v1/messages?wait=30", json=said)
    assert stored.json()["status"] == "labelled", stored.text
    return mark


async def test_a_day_that_stands_out_is_a_day_of_the_readers_own_calendar(chromium: Browser, inbox: StackRig) -> None:
    midnight = datetime.combine(datetime.now(ZoneInfo(ZONE)).date() - timedelta(days=2), time(), ZoneInfo(ZONE))
    start, end = (instant.astimezone(UTC).isoformat() for instant in (midnight, midnight + timedelta(days=1)))
    spike = {"key": "deposit", "start": start, "end": end, "expected": 1.2, "seen": 9, "p_value": 1e-6, "incidents": []}

    async def stands_out(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, json={**await answer.json(), "spikes": [spike], "total_spikes": 1})

    async with visiting(chromium, inbox.stack.url) as visitor:
        await visitor.log_in(inbox.admin)
        await visitor.page.route("**/api/v1/stats:spikes", stands_out)
        await visitor.page.goto(f"{visitor.origin}/app/overview?days=7")
        await visitor.page.get_by_test_id("spikes").get_by_role("link").click()
        await visitor.page.get_by_role("heading", name="Messages", exact=True).wait_for()
        asked = parse_qs(urlsplit(visitor.page.url).query)
    assert (asked["start"], asked["end"]) == ([midnight.date().isoformat()], [midnight.date().isoformat()])


async def test_an_hour_of_the_week_leads_to_its_messages(chromium: Browser, inbox: StackRig) -> None:
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await page.goto(f"{visitor.origin}/app/overview?days=90")
        week = page.get_by_role("table").filter(has=page.get_by_role("rowheader", name="monday"))
        await page.get_by_role("heading", name="Overview").wait_for()
        await page.mouse.wheel(0, 10_000)
        cells = week.get_by_role("link")
        await expect(cells).to_have_count(7 * 24)
        names = [name async for name in (await cell.get_attribute("aria-label") for cell in await cells.all())]
        number, name = max(
            (int(told[1].split()[0].replace(",", "")), told[0])
            for told in ((name or "").split(", ", 1) for name in names)
        )
        weekday, hour = name.split()
        cell = week.get_by_role("link", name=name)
        await cell.click()
        rows = page.get_by_test_id("messages").get_by_role("article")
        await expect(rows).to_have_count(min(50, number))
        asked = parse_qs(urlsplit(page.url).query)
        narrowed = {"days": ["90"], "weekday": [weekday], "hour": [str(int(hour[:2]))]}
        assert asked == {**narrowed, "author": ["customer"]}
        in_force = page.get_by_label("Filters in force")
        await expect(in_force.get_by_role("listitem")).to_have_text([hour, weekday, "Clear"])
        await in_force.get_by_role("button", name=f"Remove Hour {hour}").click()
        await expect(in_force.get_by_role("listitem")).to_have_text([weekday, "Clear"])
        await expect(rows.nth(min(50, number) - 1)).to_be_visible()

        await page.go_back()
        await page.go_back()
        await page.mouse.wheel(0, 10_000)
        await cells.first.focus()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("End")
        await expect(week.get_by_role("link", name="tuesday 23:00–24:00")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(in_force.get_by_role("listitem")).to_have_text(["23:00–24:00", "tuesday", "Clear"])


async def test_messages_are_found_by_words(chromium: Browser, inbox: StackRig) -> None:
    word = f"quokka{uuid.uuid4().hex[:6]}"
    await written(inbox, f"my {word} bonus is missing")
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await opened(page, "Messages")
        await page.get_by_role("searchbox").fill(word)
        await page.get_by_role("searchbox").press("Enter")
        await expect(page.get_by_test_id("messages").get_by_role("article").first).to_contain_text(word)
        assert word in page.url


async def test_what_comes_in_shows_up_by_itself_above_the_latest(chromium: Browser, inbox: StackRig) -> None:
    latest = (await inbox.http.get("/api/v1/messages", params={"page_size": 20})).json()["messages"]
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await opened(page, "Live")
        await expect(page.get_by_role("status")).to_have_text("connected")
        await expect(page.get_by_test_id("live").get_by_role("article")).to_have_count(len(latest))
        text = f"live {uuid.uuid4().hex}: my withdrawal is stuck"
        await written(inbox, text)
        row = page.get_by_test_id("live").get_by_role("article").first
        await expect(row).to_contain_text(text)
        await expect(row.get_by_role("list", name="Labels")).to_contain_text("withdrawal delayed")


async def test_labels_are_judged_by_keyboard(chromium: Browser, inbox: StackRig) -> None:
    before = (await inbox.http.get("/api/v1/review/agreement")).json()
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await opened(page, "Review")
        first = page.get_by_role("article")
        await first.wait_for()
        text = await first.locator("p").nth(1).inner_text()
        chosen = page.get_by_role("group", name="What it is about").get_by_role("button", pressed=True)
        await expect(chosen).not_to_have_count(0)
        for left in reversed(range(await chosen.count())):
            await chosen.first.click()
            await expect(chosen).to_have_count(left)
        await page.locator("h1").click()
        await page.keyboard.press("z")  # the last of the 26 intents
        await page.keyboard.press("2")
        await expect(chosen).to_have_count(1)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("article").filter(has_text=text)).to_have_count(0)
        await expect(page.get_by_test_id("agreement")).to_contain_text(f"{before['reviewed'] + 1} messages judged")


async def test_a_number_is_watched_fires_and_is_looked_after(chromium: Browser, inbox: StackRig) -> None:
    name = f"Many messages {uuid.uuid4().hex[:6]}"
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await opened(page, "Alerts")
        await page.get_by_label("Name").fill(name)
        await page.get_by_label("How many", exact=True).fill("0")
        await page.get_by_label("Within").select_option("a day")
        await written(inbox, "is anybody there?")
        await page.get_by_role("button", name="Watch").click()
        rule = page.get_by_test_id("rules").get_by_role("listitem").filter(has_text=name)
        await expect(rule).to_have_count(1)
        fired = page.get_by_test_id("alerts").get_by_role("listitem").filter(has_text=name)
        await expect(fired).to_contain_text("firing", timeout=60_000)
        await fired.get_by_role("button", name="I look after it").click()
        await expect(fired).to_contain_text("seen")
        await rule.get_by_role("button", name=f"Remove {name}").click()
        await expect(rule).to_have_count(0)


async def test_an_administrator_adds_somebody_who_changes_their_password(chromium: Browser, inbox: StackRig) -> None:
    username, first, second = f"nora.{uuid.uuid4().hex[:8]}", "a first password", "a better password"
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await opened(page, "Account")
        await page.get_by_label("User name").fill(username)
        await page.get_by_label("First password").fill(first)
        await page.get_by_label("Role").select_option("agent")
        await page.get_by_role("button", name="Add").click()
        await expect(page.get_by_test_id("people-list")).to_contain_text(username)
        for prompt in ("Speak of bakeries.", ""):
            await page.get_by_label("System prompt of assistant sessions").fill(prompt)
            await page.get_by_role("button", name="Save").click()
            await expect(page.get_by_role("status").filter(has_text="Saved")).to_have_count(1)
            await page.reload()
            await expect(page.get_by_label("System prompt of assistant sessions")).to_have_value(prompt)
        await page.mouse.wheel(0, 10_000)
        await page.get_by_label("Done by").fill(inbox.admin.username)
        await page.get_by_role("button", name="Show", exact=True).click()
        await expect(page.get_by_test_id("audit-log").get_by_text("Create user", exact=True).first).to_be_visible()
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await page.goto(visitor.origin)
        await visitor.fill_in_login(username, first)
        await opened(page, "Account")
        await expect(page.get_by_test_id("me")).to_contain_text(f"{username}, agent")
        await expect(page.get_by_test_id("people-list")).to_have_count(0)
        await page.get_by_label("Present password").fill(first)
        await page.get_by_label("New password").fill(second)
        await page.get_by_role("button", name="Change").click()
        await expect(page.get_by_role("status")).to_contain_text("The password is changed")
        await page.reload()
        await expect(page.get_by_test_id("me")).to_contain_text(username)
    form = {"username": username, "password": second}
    assert (await inbox.stranger.post("/api/v1/auth/token", data=form)).status_code == 200


async def test_what_earlier_models_labelled_is_labelled_anew(chromium: Browser, inbox: StackRig) -> None:
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await opened(page, "Account")
        latest = page.get_by_test_id("relabellings").get_by_role("listitem").first
        for day, told in (("", "Done: all, "), ("2026-03-01", "Done: from ")):
            await page.get_by_label("Messages sent from").fill(day)
            await page.get_by_role("button", name="Label anew").click()
            await expect(latest).to_contain_text(told, timeout=30_000)
        # One model has labelled all there is.
        await expect(latest).to_contain_text("0 labelled anew, 0 of them otherwise")


@SCREENS
async def test_every_view_fits_and_is_accessible(
    chromium: Browser, inbox: StackRig, screen: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    kind = request.node.callspec.id
    async with visiting(chromium, inbox.stack.url, **screen) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await page.get_by_role("button", name="Filters").click()
        await page.get_by_role("button", name="Category: any", exact=True).click()
        await page.get_by_role("menuitemcheckbox").first.click()
        await page.keyboard.press("Escape")
        await page.get_by_label("Filters in force").wait_for()
        await examine(visitor, f"overview-filtered-{kind}")
        for view, what in (("Messages", "messages"), ("Live", "live"), ("Review", "agreement"), ("Alerts", "rules")):
            await opened(page, view)
            if view != "Review":
                await page.get_by_test_id(what).wait_for(state="attached")
            else:
                await page.get_by_role("button", name="Save and next").wait_for()
            await examine(visitor, f"{view.lower()}-{kind}")
        await opened(page, "Categories")
        await page.get_by_role("heading", name="Proposals").wait_for()
        await examine(visitor, f"categories-{kind}")
        await opened(page, "Import")
        await examine(visitor, f"import-{kind}")
        await opened(page, "Account")
        await page.get_by_test_id("people-list").wait_for()
        await page.mouse.wheel(0, 10_000)
        await page.get_by_test_id("audit-log").wait_for()
        await examine(visitor, f"account-{kind}")
