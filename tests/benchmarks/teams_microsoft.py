"""Microsoft on this machine as a process of its own: the sign-in, the keys of requests, and the Bot Connector.

It answers at once, over TLS as the real one, and counts what it was told to post. Started by
`tests.benchmarks.teams_endpoint`, with its ports, its certificate and its keys as arguments.
"""

import asyncio
import json
import ssl
import sys
from pathlib import Path

from aiohttp import web

LOGIN = "https://login.microsoftonline.com"
KEYS = "https://login.botframework.com/v1/.well-known/keys"


class Microsoft:
    def __init__(self, keys: list[object]) -> None:
        self._keys = keys
        self._told = 0
        self._more = asyncio.Condition()

    def outside(self) -> web.Application:
        application = web.Application()
        router = application.router
        router.add_get("/v1/.well-known/openidconfiguration", self._openid)
        router.add_get("/v1/.well-known/keys", self._published)
        router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", self._sign_in)
        router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        router.add_post("/{region}/v3/conversations/{conversation}/activities", self._post)
        router.add_post("/{region}/v3/conversations/{conversation}/activities/{activity}", self._post)
        return application

    def inside(self) -> web.Application:
        """For the benchmark itself."""
        application = web.Application()
        application.router.add_get("/readyz", self._ready)
        application.router.add_get("/told", self._count)
        return application

    async def _ready(self, request: web.Request) -> web.Response:
        return web.Response(text="ready")

    async def _count(self, request: web.Request) -> web.Response:
        """How often it was told to post; answers once that is at least `from`."""
        least = int(request.query["from"])
        async with self._more:
            await self._more.wait_for(lambda: self._told >= least)
        return web.Response(text=str(self._told))

    async def _openid(self, request: web.Request) -> web.Response:
        return web.json_response({"issuer": "https://api.botframework.com", "jwks_uri": KEYS})

    async def _published(self, request: web.Request) -> web.Response:
        return web.json_response({"keys": self._keys})

    async def _sign_in(self, request: web.Request) -> web.Response:
        where = f"{LOGIN}/{request.match_info['tenant']}"
        return web.json_response(
            {
                "issuer": f"{where}/v2.0",
                "token_endpoint": f"{where}/oauth2/v2.0/token",
                "authorization_endpoint": f"{where}/oauth2/v2.0/authorize",
            }
        )

    async def _token(self, request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({"access_token": "a token", "token_type": "Bearer", "expires_in": 3600})

    async def _post(self, request: web.Request) -> web.Response:
        await request.read()
        async with self._more:
            self._told += 1
            self._more.notify_all()
        return web.json_response({"id": f"m{self._told}"}, status=201)


async def serve(microsoft: Microsoft, port: int, tls_port: int, certificate: str) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    for application, where, context in ((microsoft.outside(), tls_port, tls), (microsoft.inside(), port, None)):
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", where, ssl_context=context).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    listed = json.loads(Path(sys.argv[4]).read_text(encoding="utf-8"))
    asyncio.run(serve(Microsoft(listed), int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
