"""How fast Slack lets us call it, as budgets. https://docs.slack.dev/apis/web-api/rate-limits

Slack counts by method, app and workspace, in four tiers and some special rules, and names lower bounds ("50+ per
minute", "short bursts allowed", "several hundred a minute"). These are the cautious readings; a 429 corrects them.
"""

from bot.events import Address
from bot.ports import Call
from surveys.sending.buckets import Budget

_MINUTE = 60.0


def slack_budgets(call: Call, address: Address) -> tuple[Budget, ...]:
    """What one call takes a token of."""
    team = f"slack:{address.workspace}"
    match call:
        case Call.OPEN:
            return (_tier_3(team, "conversations.open"),)
        case Call.LOOK:
            # `conversations.info`; the members, several pages perhaps, and who they are, are of tier 4.
            return (_tier_3(team, "conversations.info"),)
        case Call.POST:
            return (_posts(team), _in_channel(team, address))
        case Call.UPDATE:
            return (_tier_3(team, "chat.update"), _in_channel(team, address))


def _posts(team: str) -> Budget:
    """`chat.postMessage`: "several hundred messages per minute" in a workspace."""
    return Budget(key=f"{team}:chat.postMessage", rate=240 / _MINUTE, burst=8)


def _in_channel(team: str, address: Address) -> Budget:
    """One message a second in a conversation, "short bursts allowed"."""
    return Budget(key=f"{team}:{address.conversation}", rate=1.0, burst=4)


def _tier_3(team: str, method: str) -> Budget:
    return Budget(key=f"{team}:{method}", rate=50 / _MINUTE, burst=10)
