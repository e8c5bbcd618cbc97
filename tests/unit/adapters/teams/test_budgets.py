"""What a call to Teams draws on keeps every window that Microsoft names, however late calls arrive."""

import pytest

from adapters.teams.budgets import teams_budgets
from bot.events import Address
from bot.ports import Call

HERE = Address(platform="teams", workspace="T1", conversation="19:a@thread.tacv2", direct=False)
WINDOWS = [(1, 7), (2, 8), (30, 60), (3_600, 1_800)]


@pytest.mark.parametrize(("seconds", "calls"), WINDOWS)
@pytest.mark.parametrize("call", [Call.POST, Call.UPDATE, Call.LOOK])
def test_a_conversation_gets_no_more_in_any_window_than_teams_takes(call: Call, seconds: float, calls: int) -> None:
    mine = [budget for budget in teams_budgets(call, HERE) if HERE.conversation in budget.key]
    assert min(budget.burst + budget.rate * seconds for budget in mine) <= calls


@pytest.mark.parametrize("call", list(Call))
def test_all_calls_of_a_tenant_together_stay_below_fifty_a_second(call: Call) -> None:
    [whole] = [budget for budget in teams_budgets(call, HERE) if budget.key == "teams:T1"]
    assert whole.burst + whole.rate <= 50


def test_a_conversation_that_is_not_open_yet_draws_on_the_tenant_alone() -> None:
    nowhere = Address(platform="teams", workspace="T1", conversation="")
    assert len(teams_budgets(Call.OPEN, nowhere)) == 1
