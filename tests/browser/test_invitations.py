"""An invitation: made on the Account page, sent as a link, and spent by whoever registers with it (G15)."""

from pathlib import Path
from uuid import uuid4

from playwright.async_api import Browser, expect

from tests.browser.steps import examine, opened
from tests.support.browser import WEB, visiting
from tests.support.served_gateway import served_gateway
from tests.support.stack import StackRig

PASSWORD = "a long password"


async def test_who_is_invited_registers_by_the_link_and_it_works_once(
    chromium: Browser, stack: StackRig, tmp_path: Path
) -> None:
    keys, username = stack.stack.home.public_key.parent, f"new.{uuid4().hex[:8]}"
    inviting = {"registration": "invite", "web_folder": WEB / "dist", **stack.gateway_settings()}
    async with served_gateway(tmp_path, keys, **inviting) as port:
        origin = f"http://localhost:{port}"
        async with visiting(chromium, origin) as visitor:
            page = visitor.page
            await page.goto(origin)
            await visitor.fill_in_login(stack.admin.username, stack.admin.password)
            await opened(page, "Account")
            await page.get_by_label("Invite as").select_option("agent")
            await page.get_by_role("button", name="Make a link").click()
            link = await page.get_by_label("Link to send").input_value()
            await expect(page.get_by_test_id("invitations")).to_contain_text("agent, invited by")
        async with visiting(chromium, origin) as visitor:
            page = visitor.page
            await page.goto(link)
            await examine(visitor, "register")
            await page.get_by_label("User name").fill(username)
            await page.get_by_label("Password").fill(PASSWORD)
            await page.get_by_role("button", name="Make the account").click()
            await opened(page, "Account")
            await expect(page.get_by_test_id("me")).to_contain_text(f"{username}, agent")
        async with visiting(chromium, origin) as visitor:
            page = visitor.page
            await page.goto(link)
            await page.get_by_label("User name").fill(f"{username}.2")
            await page.get_by_label("Password").fill(PASSWORD)
            await page.get_by_role("button", name="Make the account").click()
            await expect(page.get_by_role("alert")).to_contain_text("invitation")
            visitor.faults.clear()  # the browser notes the refusal
