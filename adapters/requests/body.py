"""The raw bytes of a request, before anything about them is believed."""

from starlette.requests import ClientDisconnect, Request


async def read_body(request: Request, *, limit: int) -> bytes:
    """At most one part more than `limit`: a longer body is not read to its end. Nothing of a sender who went away."""
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            parts.append(part)
            size += len(part)
            if size > limit:
                break
    except ClientDisconnect:
        return b""
    return b"".join(parts)
