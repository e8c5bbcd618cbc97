"""One company for all stories of Teams: what one of them asks is told apart from the others by its survey."""

from collections.abc import Iterator

import pytest
from company import Company, company_in
from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def company(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company_in(tmp_path_factory.mktemp("teams"), browser) as made:
        yield made
