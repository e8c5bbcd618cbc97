"""A database's address: what people and hosting providers write is understood, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.addresses import async_url
from surveys.errors import InvalidInput


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("sqlite:///./data/cx.db", "sqlite+aiosqlite:///./data/cx.db"),
        ("sqlite:////var/lib/cx.db", "sqlite+aiosqlite:////var/lib/cx.db"),
        ("sqlite+aiosqlite:///x.db", "sqlite+aiosqlite:///x.db"),
        ("postgresql://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        (" PostgreSQL://u:p@h/d\n", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql+asyncpg://u@/d?host=/run/pg", "postgresql+asyncpg://u@/d?host=/run/pg"),
        ("postgresql://u@h/d?sslmode=require", "postgresql+asyncpg://u@h/d?ssl=require"),
        ("postgresql://u@h/d?x=1&sslmode=disable", "postgresql+asyncpg://u@h/d?ssl=disable&x=1"),
    ],
)
def test_an_address_gets_its_asynchronous_driver(written: str, expected: str) -> None:
    def text(url: str) -> str:
        return async_url(url).render_as_string(hide_password=False).replace("%2F", "/")

    assert text(written) == expected
    assert text(expected) == expected


@pytest.mark.parametrize(
    "written",
    [
        "", "cx.db", "sqlite:cx.db", "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://data/cx.db",
        "mysql://u:canary@h/d", "postgresql+psycopg2://u:canary@h/d", "postgresql://u:canary@h:port/d",
    ],
)  # fmt: skip
def test_an_address_that_cannot_work_is_refused_with_the_form_that_can(written: str) -> None:
    with pytest.raises(InvalidInput, match=r"sqlite:///FILE") as caught:
        async_url(written)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


@given(st.text() | st.text().map("postgresql://{}".format) | st.text().map("sqlite:///{}".format))
def test_no_text_as_an_address_makes_anything_but_an_address_or_a_refusal(written: str) -> None:
    try:
        found = async_url(written)
    except InvalidInput:
        return
    assert found.drivername in ("sqlite+aiosqlite", "postgresql+asyncpg")
