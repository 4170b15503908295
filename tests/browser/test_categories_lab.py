"""The lab of custom categories: defined from examples, tried, applied, renamed, retired; proposals taken up."""

import uuid

from playwright.async_api import Browser, expect

from tests.browser.steps import examine, opened, written
from tests.support.browser import visiting
from tests.support.stack import StackRig
from tests.support.topic_texts import UNSEEN

LABELLED_MS = 60_000
"""The walk over history waits its turn behind whatever other tests have the store do."""


async def test_a_category_is_defined_tried_applied_renamed_and_retired(chromium: Browser, inbox: StackRig) -> None:
    mark = uuid.uuid4().hex[:6]
    await written(inbox, *(f"{text} ({mark})" for text in UNSEEN[:12]))
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await opened(page, "Categories")
        await page.get_by_role("button", name="New category").click()
        await page.get_by_label("Name").fill(f"Merch {mark}")
        await page.get_by_label("Description").fill("Orders and deliveries of the merchandise shop")
        await page.get_by_label("Examples").fill("\n".join(UNSEEN[12:20]))
        await examine(visitor, "categories-new-wide-light")
        await page.get_by_role("button", name="Define and try it").click()
        preview = page.get_by_test_id("preview")
        await expect(preview.get_by_role("article").first).to_be_visible()
        await expect(preview).to_contain_text("% sure")
        await examine(visitor, "categories-preview-wide-light")
        await page.get_by_role("button", name="Apply", exact=True).click()
        walk = page.get_by_test_id("walk")
        await expect(walk).to_contain_text("to all of history as well", timeout=LABELLED_MS)
        listed = page.get_by_test_id("categories").get_by_role("button", name=mark)
        await expect(listed).to_contain_text("applied")
        await examine(visitor, "categories-applied-wide-light")
        await page.get_by_role("button", name="Rename").click()
        await page.get_by_role("dialog").get_by_label("Name").fill(f"Fan shop {mark}")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("heading", name=f"Fan shop {mark}")).to_be_visible()
        await page.goto(f"{visitor.origin}/app/messages?text={mark}")
        await expect(page.get_by_test_id("messages").get_by_text(f"Fan shop {mark}").first).to_be_visible()
        await opened(page, "Categories")
        await listed.click()
        await page.get_by_role("button", name="Retire").click()
        await examine(visitor, "categories-retire-wide-light")
        await page.get_by_role("button", name="Retire it").click()
        await expect(listed).to_have_count(0)
        await expect(page.get_by_text("retired", exact=False).first).to_be_visible()


async def test_a_proposal_is_taken_up(chromium: Browser, inbox: StackRig) -> None:
    mark = uuid.uuid4().hex[:6]
    await written(inbox, *(f"{text} {mark}" for text in UNSEEN[20:]))
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await opened(page, "Categories")
        proposals = page.get_by_test_id("proposals").get_by_role("listitem").filter(has=page.get_by_role("button"))
        await proposals.first.wait_for()
        await examine(visitor, "categories-proposals-wide-light")
        await proposals.first.get_by_role("button").click()
        await expect(page.get_by_label("Examples")).not_to_be_empty()
        await page.get_by_label("Name").fill(f"Proposed {mark}")
        await page.get_by_role("button", name="Define and try it").click()
        await expect(page.get_by_test_id("preview").get_by_role("article").first).to_be_visible()


async def test_agents_look_and_do_not_change(chromium: Browser, inbox: StackRig) -> None:
    name, password = f"lab.{uuid.uuid4().hex[:8]}", "a long password"
    body = {"username": name, "password": password, "role": "agent"}
    assert (await inbox.http.post("/api/v1/users", json=body)).status_code == 201
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await page.goto(visitor.origin)
        await visitor.fill_in_login(name, password)
        await opened(page, "Categories")
        await page.get_by_role("heading", name="Proposals").wait_for()
        await expect(page.get_by_role("button", name="New category")).to_have_count(0)
