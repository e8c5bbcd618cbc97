"""Errors as a person meets them: a page, or its text for the page's script; one boundary for the unexpected."""

import secrets
from collections.abc import Awaitable, Callable

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from adapters.web import pages
from surveys.errors import CxError, InvalidInput, NotFound, StorageUnavailable
from surveys.words import Words

Endpoint = Callable[[Request], Awaitable[Response]]

log = structlog.get_logger(__name__)


def wants_json(request: Request) -> bool:
    """The page's script asks; a form sent without it wants a page."""
    return "application/json" in request.headers.get("accept", "")


class ErrorPages:
    """Handlers for the application, and the boundary around every route."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def handlers(self) -> dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]]:
        return {CxError: self._known, HTTPException: self._http}

    def around(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, with whatever it did not expect logged under a reference that the person is told."""

        async def guarded(request: Request) -> Response:
            try:
                return await endpoint(request)
            except (CxError, HTTPException):
                raise
            except Exception:
                reference = secrets.token_hex(4)
                # The route and never the path: a path names a person.
                log.exception("web_request_failed", reference=reference, endpoint=endpoint.__name__)
                return self._page(request, 500, reference=reference)

        return guarded

    async def _known(self, request: Request, error: Exception) -> Response:
        match error:
            case InvalidInput():
                return self._page(request, 400, text=str(error))
            case NotFound():
                return self._page(request, 404)
            case StorageUnavailable():
                return self._page(request, 503, text=str(error))
            case _:
                return self._page(request, 403, text=str(error))

    async def _http(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return self._page(request, status)

    def _page(self, request: Request, status: int, *, text: str = "", reference: str = "") -> Response:
        title, usual = self._said(status)
        text = text or usual
        if wants_json(request):
            return JSONResponse({"error": text, "reference": reference}, status_code=status)
        page = pages.error_page(status=status, title=title, text=text, reference=reference, words=self._words)
        return HTMLResponse(page, status_code=status, headers={"cache-control": "no-store"})

    def _said(self, status: int) -> tuple[str, str]:
        _ = self._words.gettext
        match status:
            case 404:
                return _("Nothing here"), _("This page, person or channel does not exist, or is not yours to see.")
            case 413:
                return _("Too long"), _("That is more than one message can hold. Please shorten it.")
            case 503:
                return _("One moment"), _("The data cannot be reached just now. Please try again in a moment.")
            case 403:
                return _("Not allowed"), _("This is not allowed here.")
            case _ if status < 500:
                return _("That did not work"), _("The page sent something unexpected. Please reload it and try again.")
            case _:
                return _("Something went wrong"), _("The fault is ours, and it is noted. Please try again.")
