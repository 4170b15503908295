"""Logins that last: renewed without a word, shared by tabs, ended everywhere; and what is shown without a net."""

import json

from playwright.async_api import Browser, Page, Request, expect

from tests.browser.steps import examine
from tests.support.browser import visiting
from tests.support.stack import StackRig

NEARLY_TWELVE_HOURS = (12 * 3600 - 60) * 1000
SCRIPT_BYTES = 250 * 1024
FIRST_REQUESTS = 15
CHARTS = ("CartesianChart", "trend-chart")


async def refresh_token(page: Page) -> str:
    """The refresh token that this tab would use next."""
    kept = await page.evaluate("localStorage.getItem('earshot.login')")
    token: str = json.loads(kept)["refreshToken"]
    return token


async def test_two_tabs_share_one_renewal_and_one_end(chromium: Browser, inbox: StackRig) -> None:
    async with visiting(chromium, inbox.stack.url) as visitor:
        first, context = visitor.page, visitor.page.context
        await context.clock.install()
        await visitor.log_in(inbox.admin)
        second = await context.new_page()
        await second.goto(f"{visitor.origin}/app/alerts")
        await second.get_by_role("heading", name="Alerts").wait_for()
        renewals: list[str] = []

        def note(request: Request) -> None:
            if request.url.endswith("/auth/token"):
                renewals.append(request.url)

        context.on("request", note)
        spent = await refresh_token(first)
        async with context.expect_event("response", lambda answer: answer.url.endswith("/auth/token")):
            await context.clock.fast_forward(NEARLY_TWELVE_HOURS)
        await first.wait_for_function("(spent) => !localStorage.getItem('earshot.login').includes(spent)", arg=spent)
        for tab in (first, second):
            await tab.reload()
            await tab.get_by_role("heading", level=1).wait_for()
            await expect(tab.get_by_role("button", name="Log out")).to_be_visible()
        assert len(renewals) == 1
        assert await refresh_token(first) == await refresh_token(second) != spent
        last = await refresh_token(first)
        async with first.expect_response("**/api/v1/auth/revoke"):
            await first.get_by_role("button", name="Log out").click()
        for tab in (first, second):
            await tab.get_by_label("User name").wait_for()
        form = {"grant_type": "refresh_token", "refresh_token": last}
        assert (await inbox.stranger.post("/api/v1/auth/token", data=form)).status_code == 401


async def test_a_token_that_is_refused_is_renewed_and_the_request_sent_again(
    chromium: Browser, inbox: StackRig
) -> None:
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await page.evaluate(
            """() => {
              const login = JSON.parse(localStorage.getItem("earshot.login"));
              localStorage.setItem("earshot.login", JSON.stringify({ ...login, accessToken: "worn.out.token" }));
            }"""
        )
        await page.goto(f"{visitor.origin}/app/account")
        await expect(page.get_by_test_id("me")).to_contain_text(f"{inbox.admin.username}, admin")
        assert visitor.faults
        assert all("401 (Unauthorized)" in fault for fault in visitor.faults)
        visitor.faults.clear()


async def test_without_a_net_the_page_says_so_and_goes_on_by_itself(chromium: Browser, inbox: StackRig) -> None:
    async with visiting(chromium, inbox.stack.url) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        await page.get_by_test_id("trend").locator(".recharts-area-area").first.wait_for()
        await page.context.set_offline(True)
        await expect(page.get_by_test_id("connection")).to_contain_text("This device is offline.")
        await expect(page.get_by_test_id("total")).to_be_visible()
        await examine(visitor, "offline-wide-light")
        await page.context.set_offline(False)
        await expect(page.get_by_test_id("connection")).to_have_count(0)
        await page.route("**/*", lambda route: route.abort())
        await page.get_by_role("button", name="90 days").click()
        await expect(page.get_by_test_id("connection")).to_contain_text("Earshot does not answer.")
        await page.unroute_all()
        await expect(page.get_by_test_id("connection")).to_have_count(0)
        assert all("net::ERR" in fault for fault in visitor.faults)
        visitor.faults.clear()


async def test_the_first_view_is_small(chromium: Browser, inbox: StackRig) -> None:
    async with visiting(chromium, inbox.stack.url, viewport={"width": 1280, "height": 800}) as visitor:
        page = visitor.page
        await visitor.log_in(inbox.admin)
        # What the view after the login still asks for is no part of the next one.
        await page.get_by_test_id("trend").locator(".recharts-area-area").first.wait_for()
        await page.wait_for_load_state("networkidle")
        requests: list[Request] = []
        page.on("request", lambda request: requests.append(request))  # noqa: PLW0108  # Playwright takes no built-in
        await page.goto(f"{visitor.origin}/app/overview", wait_until="networkidle")
        await page.get_by_test_id("trend").locator(".recharts-area-area").first.wait_for()
        assert len(requests) <= FIRST_REQUESTS, "\n".join(f"{request.url} {request.post_data}" for request in requests)
        scripts = [request for request in requests if request.resource_type == "script"]
        own = [script for script in scripts if not any(chart in script.url for chart in CHARTS)]
        assert len(own) < len(scripts)
        # Over the wire, asked for anew: what the browser has cached would count nothing.
        sizes = [await transferred(page, script.url) for script in own]
        assert 0 < sum(sizes) <= SCRIPT_BYTES, dict(zip([script.url for script in own], sizes, strict=True))


async def transferred(page: Page, url: str) -> int:
    """Bytes of a compressed file as a browser gets them."""
    size: int = await page.evaluate(
        """async (url) => {
          const response = await fetch(url, { cache: "no-store" });
          await response.arrayBuffer();
          return performance.getEntriesByName(url).at(-1).encodedBodySize;
        }""",
        url,
    )
    return size
