"""What operators and their tools ask the process: is it alive, is it ready, what are its figures."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.observability import metrics_page
from surveys.errors import CxError


def operations_routes(*, ready: Callable[[], Awaitable[bool]], ticking: Callable[[], bool]) -> list[Route]:
    """`/healthz`: the process answers. `/readyz`: database migrated and reachable, clock ticking. `/metrics`."""

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(request: Request) -> Response:
        try:
            database = await ready()
        except CxError:
            database = False
        checks = {"database": database, "clock": ticking()}
        return JSONResponse(checks, status_code=200 if all(checks.values()) else 503)

    async def metrics(request: Request) -> Response:
        body, content_type = metrics_page()
        return Response(body, headers={"content-type": content_type})

    return [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]
