"""The token that a command calls with: given, saved, or fetched; renewed in silence before it ends (RFC 6749, 6).

A refresh token works once, and a second use ends its login (RFC 9700): commands side by side renew under a lock, and
the later one takes what the earlier one was given.
"""

import time
from datetime import datetime

import httpx

from gateway.cli.http_answers import LOGIN_HINT, json_of, reached
from gateway.cli.identity import EXPIRY_MARGIN_SECONDS, SavedLogin, Target, login_lock, save_login, saved_login
from gateway.cli.outcomes import NotLoggedInError
from gateway.cli.server_events import Json


class Bearer:
    """The caller of one invocation."""

    def __init__(self, target: Target, http: httpx.AsyncClient) -> None:
        self._target = target
        self._http = http
        self._token = target.token
        self._expires_at = target.expires_at

    async def header(self) -> dict[str, str]:
        """The header that says who calls. NotLoggedInError where nothing says it."""
        if not self._token or self._expires_at - EXPIRY_MARGIN_SECONDS < time.time():
            await self._fetch()
        return {"Authorization": f"Bearer {self._token}"}

    async def renew(self) -> bool:
        """After the token was refused: whether there is another one now. NotLoggedInError where the login has ended."""
        if not (self._target.login or self._target.password):
            return False
        refused = self._token
        await self._fetch()
        return self._token != refused

    async def log_in(self, username: str, password: str) -> SavedLogin:
        """A fresh login, not yet saved."""
        form = {"username": username, "password": password}
        return self._login(username, await self._granted(form))

    async def _fetch(self) -> None:
        if self._target.login:
            async with login_lock():
                login = await self._renewed(saved_login() or self._target.login)
        elif self._target.password:
            login = await self.log_in(self._target.password.username, self._target.password.password)
        else:
            await reached(self._target.url, self._http.get("/healthz"))  # nobody there at all is the better answer
            state = (
                "Your login has run out." if self._target.expired else f"You are not logged in to {self._target.url}."
            )
            raise NotLoggedInError(state, hint=LOGIN_HINT)
        self._token, self._expires_at = login.token, login.expires_at

    async def _renewed(self, login: SavedLogin) -> SavedLogin:
        """The login as another command has renewed it meanwhile, or renewed and saved."""
        if login.token != self._token and login.expires_at - EXPIRY_MARGIN_SECONDS > time.time():
            return login
        form = {"grant_type": "refresh_token", "refresh_token": login.refresh_token}
        try:
            renewed = self._login(login.username, await self._granted(form))
        except NotLoggedInError as error:
            raise NotLoggedInError("Your login has ended.", hint=LOGIN_HINT, request_id=error.request_id) from error
        save_login(renewed)
        return renewed

    async def _granted(self, form: dict[str, str]) -> Json:
        return json_of(await reached(self._target.url, self._http.post("/api/v1/auth/token", data=form)))

    def _login(self, username: str, answer: Json) -> SavedLogin:
        return SavedLogin(
            url=self._target.url,
            username=username,
            token=str(answer["access_token"]),
            expires_at=time.time() + float(answer["expires_in"]),
            refresh_token=str(answer["refresh_token"]),
            refresh_expires_at=datetime.fromisoformat(answer["refresh_expires_at"]).timestamp(),
        )
