"""Conversations that are worked on: readings changed by a chip, questions asked anew, answers rated, sessions renamed
and deleted.
"""

from typing import Any

from playwright.async_api import Browser, expect

from tests.browser.steps import PHONE, SCREENS, examine, gone_to, last_answer, opened
from tests.support.browser import visiting
from tests.support.stack import StackRig

QUESTION = "how many deposit messages came in yesterday, by hour?"
WHY = "I asked for the hours, not the day."
SAME_FOR_BONUS = "how many bonus messages came in yesterday, by hour?"


async def test_a_chip_asks_the_edited_question_and_earlier_answers_stay(chromium: Browser, inbox: StackRig) -> None:
    asked = {"text": SAME_FOR_BONUS, "time_zone": "Europe/Ljubljana"}
    expected = (await inbox.http.post("/api/v1/chat", json=asked)).json()
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await gone_to(page, "Ask")
        await visitor.ask(QUESTION)
        answer = await last_answer(page)
        await answer.get_by_role("button", name="Change category: deposit").click()
        await page.get_by_role("menuitem", name="bonus", exact=True).wait_for()
        await visitor.screenshot("chat-chip-wide-light")
        await page.get_by_role("menuitem", name="bonus", exact=True).click()
        chip = answer.get_by_role("button", name="Change category: bonus")
        await chip.wait_for()
        await last_answer(page)
        await expect(page.get_by_role("article")).to_have_count(1)
        total = f"{int(expected['stats']['total']):,} bonus messages"
        await expect(answer.get_by_test_id("answer")).to_contain_text(total)
        await expect(answer.get_by_role("button", name="Change rows: by hour")).to_be_visible()
        await answer.get_by_role("button", name="Save as verified").click()
        await page.get_by_role("menuitem").first.click()
        await expect(answer).to_contain_text("verified by you")
        await answer.get_by_role("button", name="Regenerate").click()
        versions = answer.get_by_role("group", name="Answers to this question")
        await expect(versions).to_contain_text("3 of 3")
        await last_answer(page)
        await expect(answer.get_by_test_id("answer")).to_contain_text(total)
        await expect(answer).to_contain_text("verified by admin")
        await answer.get_by_role("button", name="No longer verified").click()
        await answer.get_by_role("button", name="Save as verified").wait_for()
        await page.reload()
        await expect(versions).to_contain_text("3 of 3")
        await versions.get_by_role("button", name="Earlier answer").click()
        await versions.get_by_role("button", name="Earlier answer").click()
        await expect(answer.get_by_test_id("answer")).to_contain_text("deposit messages")
        await examine(visitor, "chat-versions-wide-light")


async def test_verified_questions_are_listed_and_removed(chromium: Browser, inbox: StackRig) -> None:
    words = f"{QUESTION.removesuffix('?')} on Telegram?"
    reply = (await inbox.http.post("/api/v1/chat", json={"text": words, "time_zone": "Europe/Ljubljana"})).json()
    (await inbox.http.put(f"/api/v1/replies/{reply['reply_id']}/verified", json={})).raise_for_status()
    async with visiting(chromium, inbox.stack.url, **PHONE) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await opened(page, "Account")
        entry = page.get_by_test_id("verified-questions").get_by_role("listitem").filter(has_text=words)
        await expect(entry).to_contain_text("number of messages · deposit · Telegram · by hour")
        await examine(visitor, "verified-questions-phone-dark")
        await entry.get_by_role("button", name=f"Remove “{words}”").click()
        await expect(entry).to_have_count(0)


async def test_a_question_is_put_in_other_words_and_a_receipt_run_again(chromium: Browser, inbox: StackRig) -> None:
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await gone_to(page, "Ask")
        await visitor.ask(QUESTION)
        await last_answer(page)
        await page.get_by_role("button", name="Edit the question").click()
        await page.get_by_label("The question in other words").fill(SAME_FOR_BONUS)
        await page.get_by_label("The question in other words").press("Enter")
        await page.get_by_role("button", name="Change category: bonus").wait_for()
        answer = await last_answer(page)
        await expect(page.get_by_role("article")).to_have_count(1)
        await answer.get_by_test_id("receipt").locator("summary").click()
        await answer.get_by_role("button", name="Run again").click()
        await expect(answer.get_by_role("status")).to_contain_text("the same numbers")
        await examine(visitor, "chat-receipt-wide-light")


@SCREENS
async def test_an_answer_is_rated_by_its_thumbs_and_stays_rated(
    chromium: Browser, inbox: StackRig, screen: dict[str, Any]
) -> None:
    async with visiting(chromium, inbox.stack.url, **screen) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await gone_to(page, "Ask")
        await visitor.ask(QUESTION)
        answer = await last_answer(page)
        right = answer.get_by_role("button", name="This answer is right")
        wrong = answer.get_by_role("button", name="This answer is wrong")
        await expect(right).to_have_attribute("aria-pressed", "false")
        await expect(answer.get_by_role("button", name="Say why")).to_have_count(0)
        await right.click()
        await expect(right).to_have_attribute("aria-pressed", "true")
        await wrong.focus()
        await wrong.press("Enter")
        await expect(wrong).to_have_attribute("aria-pressed", "true")
        await expect(right).to_have_attribute("aria-pressed", "false")
        await answer.get_by_role("button", name="Say why").click()
        await answer.get_by_label("Why, in your words").fill(WHY)
        await examine(visitor, f"chat-thumbs-{page.viewport_size['width'] if page.viewport_size else 0}")
        await answer.get_by_role("button", name="Save", exact=True).click()
        await expect(answer.get_by_role("button", name="Your comment")).to_have_attribute("aria-expanded", "false")
        await page.reload()
        await expect(wrong).to_have_attribute("aria-pressed", "true")
        (reply,) = [turn for turn in await rated(inbox, "down") if turn["session_id"] == page.url.rpartition("/")[2]]
        assert (reply["turn"]["text"], reply["turn"]["rating"]["comment"]) == (QUESTION, WHY)
        await wrong.click()
        await expect(wrong).to_have_attribute("aria-pressed", "false")
        await expect(answer.get_by_role("button", name="Your comment")).to_have_count(0)
        assert reply["session_id"] not in {turn["session_id"] for turn in await rated(inbox, "")}


async def rated(inbox: StackRig, rating: str) -> list[dict[str, Any]]:
    """What admins are shown."""
    turns: list[dict[str, Any]] = (await inbox.http.get("/api/v1/ratings", params={"rating": rating})).json()["turns"]
    return turns


async def test_conversations_are_renamed_and_deleted(chromium: Browser, inbox: StackRig) -> None:
    made = (await inbox.http.post("/api/v1/sessions", json={"title": "About Monday"})).json()
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await page.goto(f"{visitor.origin}/app/chat/{made['id']}")
        conversations = page.get_by_role("navigation", name="Conversations")
        await conversations.get_by_role("button", name="More on About Monday").click()
        await page.get_by_role("menuitem", name="Rename").click()
        await page.get_by_label("Title").fill("About Tuesday")
        await page.get_by_role("button", name="Save").click()
        await expect(conversations.get_by_role("link", name="About Tuesday")).to_be_visible()
        await conversations.get_by_role("button", name="More on About Tuesday").click()
        await page.get_by_role("menuitem", name="Delete").click()
        await page.get_by_role("button", name="Delete it").click()
        await expect(conversations.get_by_role("link", name="About Tuesday")).to_have_count(0)
        await page.wait_for_url("**/app/chat")
        assert (await inbox.http.get(f"/api/v1/sessions/{made['id']}")).status_code == 404


async def test_what_is_kept_is_shown_and_forgotten(chromium: Browser, inbox: StackRig) -> None:
    told = {"text": "Remember that our release was on Monday.", "time_zone": "UTC"}
    session = (await inbox.http.post("/api/v1/chat", json=told)).json()["session_id"]
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await page.goto(f"{visitor.origin}/app/chat/{session}")
        conversations = page.get_by_role("navigation", name="Conversations")
        await conversations.get_by_role("button", name="More on Remember that our release").first.click()
        await page.get_by_role("menuitem", name="What is kept").click()
        kept = page.get_by_role("dialog", name="What is kept")
        await expect(kept).to_contain_text("our release was on Monday")
        await examine(visitor, "chat-kept-wide-light")
        await kept.get_by_role("button", name="Forget “our release was on Monday.”").click()
        await expect(kept).to_contain_text("Nothing was told to be kept.")
    memory = (await inbox.http.get(f"/api/v1/sessions/{session}/memory")).json()
    assert [entry["kind"] for entry in memory["entries"] if entry["kind"] in {"fact", "preference"}] == []
    assert memory["forgotten_turns"] == [1]
