"""The page on a static host of its own, as docs/deployment.md sets it up: another origin than the gateway's (O2)."""

from pathlib import Path

from playwright.async_api import Browser, expect

from deploy.pages import lay_out
from tests.browser.steps import gone_to, last_answer
from tests.support.browser import visiting
from tests.support.served_gateway import served_gateway
from tests.support.stack import StackRig
from tests.support.static_host import static_host


async def test_the_page_works_from_a_host_of_its_own(chromium: Browser, inbox: StackRig, tmp_path: Path) -> None:
    keys, pages = inbox.stack.home.public_key.parent, tmp_path / "pages"
    async with (
        static_host(pages) as host,
        served_gateway(tmp_path, keys, cors_origins=(host,), **inbox.gateway_settings()) as port,
        visiting(chromium, host) as visitor,
    ):
        page, gateway = visitor.page, f"http://localhost:{port}"
        lay_out(gateway, pages)
        answer = await page.goto(f"{host}/app/overview")
        assert answer is not None
        assert answer.headers["content-security-policy"].endswith(f"; connect-src {gateway}")
        await visitor.fill_in_login(inbox.admin.username, inbox.admin.password)
        await page.get_by_test_id("trend").locator(".recharts-area-area").first.wait_for()
        await gone_to(page, "Ask")
        await visitor.ask("how many messages came in today?")
        await expect((await last_answer(page)).get_by_test_id("answer")).to_contain_text("messages")
        await page.reload()
        await expect(page.get_by_role("button", name="Log out")).to_be_visible()
        # The gateway is all that it calls elsewhere.
        assert visitor.faults
        assert all(fault.startswith(f"request to {gateway}/api/v1/") for fault in visitor.faults), visitor.faults
        visitor.faults.clear()
