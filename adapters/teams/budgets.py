"""How fast Teams lets us call it, as budgets. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit

Per bot and conversation 7 calls in 1 s, 8 in 2 s, 60 in 30 s, 1,800 in an hour; 50 a second per app and tenant. A
bucket lets `burst + rate * t` calls through in t seconds, so that each of these windows is kept by one of the two
buckets of a conversation, and by the one of the tenant. Reading who is in a conversation is limited apart from writing
there, twice as widely; one look is up to two calls.
"""

from bot.events import Address
from bot.ports import Call
from surveys.sending.buckets import Budget


def teams_budgets(call: Call, address: Address) -> tuple[Budget, ...]:
    """What one call takes a token of: a look has buckets of its own, everything else draws on the same."""
    tenant = f"teams:{address.workspace}"
    whole = Budget(key=tenant, rate=40.0, burst=10)
    if call is Call.OPEN:
        return (whole,)
    conversation = f"{tenant}:{address.conversation}"
    if call is Call.LOOK:
        conversation += ":look"
    return (
        whole,
        # 5.8 in 1 s, 7.6 in 2 s, 58 in 30 s.
        Budget(key=f"{conversation}:s", rate=1.8, burst=4),
        # 1,800 in an hour.
        Budget(key=f"{conversation}:h", rate=0.25, burst=900),
    )
