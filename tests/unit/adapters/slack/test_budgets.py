"""What a call to Slack draws on: the workspace's method, and the conversation."""

import pytest

from adapters.slack.budgets import slack_budgets
from bot.events import Address
from bot.ports import Call

HERE = Address(platform="slack", workspace="T1", conversation="C1", direct=False)
THERE = Address(platform="slack", workspace="T1", conversation="C2", direct=False)
ELSEWHERE = Address(platform="slack", workspace="T2", conversation="C1", direct=False)


def keys(call: Call, address: Address = HERE) -> set[str]:
    return {budget.key for budget in slack_budgets(call, address)}


@pytest.mark.parametrize("call", list(Call))
def test_every_call_is_limited_and_workspaces_share_nothing(call: Call) -> None:
    assert keys(call)
    assert not keys(call) & keys(call, ELSEWHERE)


def test_conversations_share_the_workspaces_limit_and_have_one_of_their_own() -> None:
    assert len(keys(Call.POST) & keys(Call.POST, THERE)) == 1
    assert len(keys(Call.POST) - keys(Call.POST, THERE)) == 1


def test_a_conversation_gets_about_one_message_a_second_whether_new_or_changed() -> None:
    [narrow] = [budget for budget in slack_budgets(Call.POST, HERE) if budget.rate == 1.0]
    assert narrow in slack_budgets(Call.UPDATE, HERE)


def test_each_method_has_its_own_tier() -> None:
    methods = [{key for key in keys(call) if not key.endswith(":C1")} for call in Call]
    assert len(set.union(*methods)) == len(Call)
