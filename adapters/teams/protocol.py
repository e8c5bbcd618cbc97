"""The Bot Framework SDK's protocol adapter, and the only module that knows the SDK (docs/decisions/0014).

An activity runs as a turn of `CloudAdapterBase`; what it answers to an invoke comes
back as plain JSON. Tokens, keys and calls of Teams are not the SDK's: what reaches it here is verified already.
"""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, NoReturn

from botbuilder.core import CloudAdapterBase, InvokeResponse, TurnContext  # type: ignore[import-untyped]
from botbuilder.schema import (  # type: ignore[import-untyped]
    Activity,
    ActivityTypes,
    ChannelAccount,
    ConversationAccount,
)
from botframework.connector.auth import (  # type: ignore[import-untyped]
    BotFrameworkAuthentication,
    ClaimsIdentity,
    ConnectorFactory,
)
from botframework.connector.auth.authenticate_request_result import (  # type: ignore[import-untyped]
    AuthenticateRequestResult,
)

from adapters.teams.cards import Node
from adapters.teams.parse import Payload
from surveys.errors import CxError

Exchange = Callable[[Payload], Awaitable[Node | None]]


class NotAnActivity(CxError):
    """The request is JSON, but not an activity of the Bot Framework."""


class Protocol(CloudAdapterBase):  # type: ignore[misc]
    """One for the process: it holds nothing of a request."""

    def __init__(self) -> None:
        super().__init__(_VerifiedBefore())
        self._verified = AuthenticateRequestResult()
        self._verified.claims_identity = ClaimsIdentity({}, True)
        self._verified.connector_factory = _NoConnector()

    async def run(self, payload: Payload, exchange: Exchange) -> Node | None:
        """Runs a verified activity as a turn; what is answered to an invoke. Raises NotAnActivity."""
        activity = _activity(payload)

        async def turn(context: TurnContext) -> None:
            body = await exchange(payload)
            if activity.type == ActivityTypes.invoke:
                answer = InvokeResponse(status=int(HTTPStatus.OK), body=body)
                context.turn_state[self._INVOKE_RESPONSE_KEY] = Activity(
                    type=ActivityTypes.invoke_response, value=answer
                )

        answer = await self.process_activity(self._verified, activity, turn)
        body: Node | None = answer.body if answer is not None else None
        return body


def _activity(payload: Payload) -> Activity:
    """What the SDK has to know for a turn. Reading all of its 45 fields would cost more than all the rest of a turn."""
    kind = payload.get("type")
    if not isinstance(kind, str) or not kind:
        raise NotAnActivity
    here = ConversationAccount(id=_id(payload.get("conversation")))
    return Activity(
        type=kind,
        id=_id(payload),
        name=payload.get("name"),
        channel_id=payload.get("channelId"),
        service_url=payload.get("serviceUrl"),
        conversation=here,
        from_property=ChannelAccount(id=_id(payload.get("from"))),
        recipient=ChannelAccount(id=_id(payload.get("recipient"))),
    )


def _id(node: object) -> str:
    found = node.get("id") if isinstance(node, Mapping) else None
    return found if isinstance(found, str) else ""


class _VerifiedBefore(BotFrameworkAuthentication):  # type: ignore[misc]
    """Says no to whatever was not verified before: the SDK's own says yes to everything where there is no app id."""

    async def authenticate_request(self, activity: Activity, auth_header: str) -> NoReturn:
        raise PermissionError("A request is verified before it comes here.")

    async def authenticate_streaming_request(self, auth_header: str, channel_id_header: str) -> NoReturn:
        raise PermissionError("Streaming is not served.")

    async def authenticate_channel_request(self, auth_header: str) -> NoReturn:
        raise PermissionError("Skills are not served.")

    def create_connector_factory(self, claims_identity: ClaimsIdentity) -> "_NoConnector":
        return _NoConnector()

    async def create_user_token_client(self, claims_identity: ClaimsIdentity) -> None:
        """Nobody signs in."""

    def create_bot_framework_client(self) -> NoReturn:
        raise PermissionError("Skills are not served.")

    def get_originating_audience(self) -> str:
        return ""


class _NoConnector(ConnectorFactory):  # type: ignore[misc]
    """The SDK wants a client for every turn; ours is `adapters.teams.connector`, one for the process."""

    async def create(self, service_url: str, audience: str = "") -> Any:
        return self
