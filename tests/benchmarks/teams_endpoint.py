"""The Teams endpoint with an engine that echoes, against an echo bot on botbuilder's stock adapter.

    python -m tests.benchmarks.teams_endpoint --messages 50 --rounds 5

Both run in a process of their own, in the same server, and are sent the same signed messages over 32 connections; the
sign-in, the keys and the Bot Connector are a third process on this machine, over TLS. A token serves a hundred
messages, as Microsoft's does far more. A round ends when the Connector was told of every answer. The stock adapter is
as it comes: a request for its own token at each turn, in the event loop. Rounds of both take turns.

Aim (issue: figures): at least ten times. No database is in it: `slack_taps` measures the way through the store.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.benchmarks.figures import Figure, at_least, table
from tests.benchmarks.http_load import CONNECTIONS, Compared, Load, Post, at_once, compared, served, told
from tests.benchmarks.process import environment_of, free_port
from tests.benchmarks.slack_world import module
from tests.unit.adapters.teams.fake_teams import APP, HOSTS, SERVICE
from tests.unit.adapters.teams.signing import claims, published, signed

LIMIT = 10.0
PRODUCT_TIMES = 10
"""How often the product gets a round's messages: it is meant to be that much quicker."""
TOKEN_SERVES = 100
KEY = "k1"
PAYLOAD = Path(__file__).parents[1] / "payloads" / "teams" / "message_in_the_personal_chat.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    microsoft: int = field(default_factory=free_port)
    microsoft_tls: int = field(default_factory=free_port)
    stock: int = field(default_factory=free_port)
    product: int = field(default_factory=free_port)

    @property
    def told_url(self) -> str:
        return f"http://127.0.0.1:{self.microsoft}/told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    rounds: Compared
    failed: int


def measure(*, messages: int, rounds: int) -> Found:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cx-pulse-teams-"))
        ports = Ports()
        certificate, keys = certificate_in(Path(folder)), Path(folder) / "keys.json"
        keys.write_text(json.dumps([published(KEY)]), encoding="utf-8")
        environment = {
            **environment_of(f"sqlite:///{folder}/nothing.db"),
            "REQUESTS_CA_BUNDLE": str(certificate),
        }
        tls_port = str(ports.microsoft_tls)
        for name, port, arguments in (
            ("teams_microsoft", ports.microsoft, (tls_port, str(certificate), str(keys))),
            ("teams_stock", ports.stock, (tls_port,)),
            ("teams_product", ports.product, (tls_port, str(certificate))),
        ):
            stack.enter_context(served((*module(name, port), *arguments), environment, folder, port=port))
        return asyncio.run(compare(ports, messages=messages, rounds=rounds))


async def compare(ports: Ports, *, messages: int, rounds: int) -> Found:
    mine, theirs = [], []
    for _ in range(rounds + 1):
        theirs.append(await echoed(ports.stock, said(messages), ports))
        # Each another one: a copy of words is answered once.
        mine.append(await echoed(ports.product, said(messages * PRODUCT_TIMES), ports))
    return Found(rounds=compared(mine, theirs), failed=sum(one.failed for one in (*mine, *theirs)))


async def echoed(port: int, posts: Sequence[Post], ports: Ports) -> Load:
    """A round that ends when the Connector was told of every answer."""
    before = await told(ports.told_url)
    began = time.perf_counter()
    load = await at_once(f"http://127.0.0.1:{port}/api/messages", posts)
    await told(ports.told_url, at_least=before + len(posts) - load.failed)
    return replace(load, seconds=time.perf_counter() - began)


def said(number: int) -> list[Post]:
    """Messages in the personal chat, each another one, with tokens signed now."""
    payload = json.loads(PAYLOAD.read_text(encoding="utf-8"))
    began = time.monotonic_ns()
    tokens = [
        signed(claims(app=APP, service=SERVICE, jti=str(each)), key=KEY) for each in range(number // TOKEN_SERVES + 1)
    ]
    return [
        Post(
            body=json.dumps(payload | {"id": str(began + each)}).encode(),
            headers={
                "content-type": "application/json",
                "authorization": f"Bearer {tokens[each // TOKEN_SERVES]}",
            },
        )
        for each in range(number)
    ]


def certificate_in(folder: Path) -> Path:
    """Of Microsoft's names, for this run alone; with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a benchmark")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


def figures(*, messages: int, rounds: int) -> list[Figure]:
    found = measure(messages=messages, rounds=rounds)
    return [
        at_least(
            f"Teams endpoint, {CONNECTIONS} connections" + (f", {found.failed} errors" if found.failed else ""),
            f"{found.rounds.product:,.0f}/s",
            f"{found.rounds.floor:,.0f}/s, botbuilder's stock adapter",
            found.rounds.ratio,
            LIMIT,
        )
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=50, help="for the stock adapter in a round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(table(figures(messages=options.messages, rounds=options.rounds)), flush=True)


if __name__ == "__main__":
    main()
