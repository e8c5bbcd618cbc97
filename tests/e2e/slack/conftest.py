"""A workspace with the app in it, and the app: the real `cx run`, with a database of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from emulator import CONTACT, LEAD, STRANGER, Emulator
from front import Front
from people import SECRET, Person
from processes import until
from service import CONTACT_MAIL, LEAD_MAIL, Service, past_answers
from shapes import Shapes
from workspace import Workspace, scopes_of_the_manifest


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("slack")
    service = Service(folder / "cx")
    service.folder.mkdir()
    scopes = scopes_of_the_manifest(service.cx("manifest", "slack", "--url", "https://pulse.example.com"))
    emulator = Emulator(folder / "emulate", scopes)
    emulator.start()
    token = emulator.install()
    front = Front(emulator, token)
    front.start()
    service.settings = {
        "SLACK_BOT_TOKEN": token, "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": f"{front.url}/api/"
    }  # fmt: skip
    service.prepare(
        contacts=[{"email": CONTACT_MAIL, "name": "Jonas Feld", "account": "Acme", "role": "technical"}],
        employees=[{"email": LEAD_MAIL, "name": "Hanna Lindqvist", "kind": "employee", "team": "CX"}],
        answers=past_answers(datetime.now(UTC)),
    )
    service.start()
    until(lambda: service.knows(2), "Nobody was matched by e-mail.")
    events = f"{service.origin}/slack/events"
    people = [Person(name, events, emulator, front) for name in (LEAD, CONTACT, STRANGER)]
    yield Workspace(emulator, front, service, *people)
    service.stop()
    front.stop()
    emulator.stop()


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Shapes:
    """Slack's types, made into a schema once."""
    return Shapes(tmp_path_factory.mktemp("shapes"))
