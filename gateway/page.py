"""The web page and the API's documentation, served from the build; nothing comes from elsewhere."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

NOT_BUILT: Final = "The page is not built. Run `make web` and start the gateway again.\n"
IMMUTABLE: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
DOCS_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
"""The documentation viewer sets inline styles; the page itself does not."""


class _Assets(StaticFiles):
    """Files whose names carry a hash of their content: cached for ever."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response: Response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # passed through
        response.headers.update(IMMUTABLE)
        return response


def install_page(app: FastAPI, folder: Path) -> None:
    """Serves the page at / and at its views' paths, the documentation at /docs."""
    if not (folder / "index.html").exists():
        app.get("/", include_in_schema=False)(_not_built)
        app.get("/docs", include_in_schema=False)(_not_built)
        return
    app.mount("/assets", _Assets(directory=folder / "assets"), name="assets")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> FileResponse:
        return FileResponse(folder / "docs.html", headers={"Content-Security-Policy": DOCS_POLICY})

    @app.get("/favicon.svg", include_in_schema=False)
    async def icon() -> FileResponse:
        return FileResponse(folder / "favicon.svg")

    @app.get("/", include_in_schema=False)
    @app.get("/app/{view:path}", include_in_schema=False)
    async def page(view: str = "") -> FileResponse:  # noqa: ARG001  # the page itself reads its path
        return FileResponse(folder / "index.html", headers={"Cache-Control": "no-cache"})


async def _not_built() -> PlainTextResponse:
    return PlainTextResponse(NOT_BUILT, status_code=503)
