"""A real Chromium that visits the page and notes whatever a user should never meet."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

from deploy.local.home import Credentials

ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ZONE: Final = "Europe/Ljubljana"
WEB: Final = Path(__file__).resolve().parents[2] / "gateway" / "web"
AXE: Final = WEB / "node_modules" / "axe-core" / "axe.min.js"
SCREENSHOTS: Final = Path(__file__).resolve().parents[1] / "browser" / "screenshots"

_NOTE_VIOLATIONS: Final = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`);
});
"""
_RUN_AXE: Final = """async () => {
  const { violations } = await axe.run({ resultTypes: ["violations"] });
  return violations
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
}"""
_KEEP_LOGIN: Final = """(answer) => {
  const login = {
    id: crypto.randomUUID(),
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    expiresAt: Date.now() + answer.expires_in * 1000,
    lifetimeSeconds: answer.expires_in,
  };
  localStorage.setItem("earshot.login", JSON.stringify(login));
}"""
_BLANK: Final = '<link rel="icon" href="data:,">'
_TOO_WIDE: Final = """() => {
  const scrolls = "[role=region]";
  const screen = document.documentElement.clientWidth;
  return [...document.querySelectorAll("body *")]
    .filter((element) => !element.parentElement.closest(scrolls))
    .filter((element) => element.getBoundingClientRect().right > screen + 1)
    .map((element) => element.outerHTML.slice(0, 120))
    .concat(document.documentElement.scrollWidth > screen ? ["the page scrolls sideways"] : []);
}"""


def chromium_path() -> str | None:
    """Where the system's Chromium is."""
    return shutil.which("chromium")


@asynccontextmanager
async def running_chromium(path: str) -> AsyncIterator[Browser]:
    """Starts it without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass(kw_only=True)
class Visitor:
    """One user with a browser of their own. Without slots: Playwright keeps a note of its own at a handler's object."""

    page: Page
    origin: str
    faults: list[str] = field(default_factory=list)
    """Errors of the console, violations of the policy, and requests to anywhere else."""

    def note_message(self, message: ConsoleMessage) -> None:
        """Keeps errors and warnings."""
        if message.type in {"error", "warning"}:
            self.faults.append(message.text)

    def note_request(self, request: Request) -> None:
        """Keeps requests that leave the origin."""
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self.faults.append(f"request to {request.url}")

    async def log_in(self, who: Credentials) -> None:
        """Opens the page with a login of its own; returns when the overview stands."""
        form: dict[str, str | float | bool] = {"username": who.username, "password": who.password}
        answer = await self.page.request.post(f"{self.origin}/api/v1/auth/token", form=form)
        # A document of the origin that costs nothing to load.
        await self.page.route(
            f"{self.origin}/blank", lambda route: route.fulfill(content_type="text/html", body=_BLANK)
        )
        await self.page.goto(f"{self.origin}/blank")
        await self.page.evaluate(_KEEP_LOGIN, await answer.json())
        await self.page.goto(self.origin)
        await self.page.get_by_role("heading", name="Overview").wait_for()

    async def fill_in_login(self, username: str, password: str) -> None:
        """Logs in by the form that is on the screen, as people do."""
        await self.page.get_by_label("User name").fill(username)
        await self.page.get_by_label("Password").fill(password)
        await self.page.get_by_role("button", name="Log in").click()
        await self.page.get_by_role("heading", name="Overview").wait_for()

    async def ask(self, question: str) -> None:
        """Types a question and sends it."""
        await self.page.get_by_label("Your question").fill(question)
        await self.page.get_by_label("Your question").press("Enter")

    async def barriers(self) -> list[str]:
        """Whatever axe-core finds."""
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[str] = await self.page.evaluate(_RUN_AXE)
        return found

    async def too_wide(self) -> list[str]:
        """Elements that reach beyond the screen, but for what scrolls by itself."""
        found: list[str] = await self.page.evaluate(_TOO_WIDE)
        return found

    async def screenshot(self, name: str) -> None:
        """Keeps what the user sees, for a human."""
        SCREENSHOTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


@asynccontextmanager
async def visiting(browser: Browser, origin: str, **options: Any) -> AsyncIterator[Visitor]:
    """A visitor with an empty profile; whatever fault they met fails the test at the end."""
    context = await browser.new_context(**{"timezone_id": ZONE, "locale": "en-GB", **options})
    page = await context.new_page()
    visitor = Visitor(page=page, origin=origin)
    await page.add_init_script(_NOTE_VIOLATIONS)
    page.on("console", visitor.note_message)
    page.on("pageerror", lambda error: visitor.faults.append(str(error)))
    page.on("request", visitor.note_request)
    try:
        yield visitor
        assert not visitor.faults, visitor.faults
    finally:
        await context.close()
