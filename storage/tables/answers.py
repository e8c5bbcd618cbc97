"""Responses and answers, and what is folded from them.

An answer keeps the dimensions and the local day as they were when it was given. `batch_id` marks rows of an import
that are invisible until the batch is complete; `superseded_by` marks an answer that a batch corrects, from the
moment that batch is complete.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem

from storage.tables.base import keyed, metadata, points_at, row_id, tenant_id
from storage.tables.surveys import named_only
from storage.types import BigId, String, Text, UtcDateTime

import_batch = Table(
    "import_batch",
    metadata,
    tenant_id(),
    row_id(),
    Column("kind", String(20), nullable=False),
    Column("file_name", String(300), nullable=False),
    Column("file_digest", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("rows", Integer, nullable=False, default=0),
    Column("rows_done", Integer, nullable=False, default=0),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    *keyed(public=False),
    CheckConstraint("state IN ('writing', 'complete', 'undone')", name="state"),
)

response = Table(
    "response",
    metadata,
    tenant_id(),
    row_id(),
    *named_only(),
    Column("invitation_id", BigId),
    Column("person_id", BigId),
    Column("submitted_at", UtcDateTime, nullable=False),
    Column("locks_at", UtcDateTime),
    # An import row's identity: its external_id, else a hash of its content and occurrence number.
    Column("external_id", String(255)),
    Column("content_digest", LargeBinary),
    Column("batch_id", BigId),
    *keyed(public=False),
    points_at("invitation", "invitation_id"),
    points_at("person", "person_id"),
    points_at("import_batch", "batch_id"),
    UniqueConstraint("tenant_id", "invitation_id"),
    UniqueConstraint("tenant_id", "external_id"),
)


def dimensions() -> list[SchemaItem]:
    """The dimensions of an answer as they were; the same columns wait in `score_delta` for folding."""
    return [
        Column("account_id", BigId),
        Column("role", String(20)),
        Column("stage", String(20)),
        Column("touchpoint", String(100)),
        Column("segment", String(100)),
        Column("team", String(100)),
        Column("language", String(10)),
    ]


answer = Table(
    "answer",
    metadata,
    tenant_id(),
    row_id(),
    Column("response_id", BigId, nullable=False),
    Column("person_id", BigId),
    Column("survey_key", String(60), nullable=False),
    Column("question", String(60), nullable=False),
    Column("version", SmallInteger, nullable=False, default=1),
    Column("current", Boolean, nullable=False, default=True),
    Column("metric", String(12)),
    Column("series", String(12)),
    Column("score", SmallInteger),
    Column("text", Text),
    Column("choice", String(60)),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("local_day", Date, nullable=False),
    *dimensions(),
    Column("persona", String(100)),
    Column("owner", String(320)),
    Column("tier", String(60)),
    Column("relationship", String(10)),
    Column("priority", String(10)),
    Column("platform", String(20)),
    Column("channel", String(60)),
    Column("mode", String(12)),
    Column("wave_id", BigId),
    Column("batch_id", BigId),
    Column("superseded_by", BigId),
    *keyed(public=False),
    points_at("response", "response_id"),
    points_at("person", "person_id"),
    points_at("account", "account_id"),
    points_at("import_batch", "batch_id"),
    UniqueConstraint("tenant_id", "response_id", "question", "version"),
)
"""`score`, `text` and `choice` all empty: skipped or "does not apply", outside every n."""

Index("ix_answer_person", answer.c.tenant_id, answer.c.person_id)
Index(
    "ix_answer_scored",
    *(answer.c[name] for name in (
        "tenant_id", "metric", "local_day", "series", "survey_key", "score", "person_id", "account_id", "role",
        "stage", "touchpoint", "segment", "team", "language", "batch_id", "superseded_by",
    )),
    sqlite_where=answer.c.current.is_(True) & answer.c.score.is_not(None),
    postgresql_where=answer.c.current.is_(True) & answer.c.score.is_not(None),
)  # fmt: skip
"""Covers every question that the histogram cannot answer, and feeds the rebuild."""
Index(
    "ix_answer_text",
    answer.c.tenant_id,
    answer.c.local_day,
    answer.c.id,
    sqlite_where=answer.c.current.is_(True) & answer.c.text.is_not(None),
    postgresql_where=answer.c.current.is_(True) & answer.c.text.is_not(None),
)
Index(
    "ix_answer_batch",
    answer.c.tenant_id,
    answer.c.batch_id,
    sqlite_where=answer.c.batch_id.is_not(None),
    postgresql_where=answer.c.batch_id.is_not(None),
)
Index(
    "ix_answer_superseded",
    answer.c.tenant_id,
    answer.c.superseded_by,
    sqlite_where=answer.c.superseded_by.is_not(None),
    postgresql_where=answer.c.superseded_by.is_not(None),
)

score_delta = Table(
    "score_delta",
    metadata,
    tenant_id(),
    row_id(),
    Column("metric", String(12), nullable=False),
    Column("series", String(12), nullable=False),
    Column("survey_key", String(60), nullable=False),
    Column("local_day", Date, nullable=False),
    Column("score", SmallInteger, nullable=False),
    Column("n", SmallInteger, nullable=False),
    Column("person_id", BigId),
    *dimensions(),
    *keyed(public=False),
)
"""+1 for an answer, −1 and +1 for a change: written in the answer's own commit, folded and deleted by the clock."""

layer = Table(
    "layer",
    metadata,
    tenant_id(),
    row_id(),
    Column("kind", String(10), nullable=False),
    Column("visible", Boolean, nullable=False, default=False),
    Column("batch_id", BigId),
    # Another random number after every change of its cells (storage/memory.py).
    Column("stamp", BigId, nullable=False, server_default="0"),
    *keyed(public=False),
    points_at("import_batch", "batch_id"),
)
"""A set of folded rows that becomes visible as a whole: the base, a finished import, a rebuild before its swap."""


histogram = Table(
    "histogram",
    metadata,
    tenant_id(primary_key=True),
    Column("layer_id", BigId, primary_key=True),
    Column("dimension", String(12), primary_key=True),
    Column("metric", String(12), primary_key=True),
    Column("grain", String(1), primary_key=True),
    Column("bucket", Date, primary_key=True),
    Column("series", String(12), primary_key=True),
    Column("survey_key", String(60), primary_key=True),
    # Packed: n of every score, and of answers without a known person, for every value of the dimension.
    Column("counts", LargeBinary, nullable=False),
    # Bitmaps of (slot of the value, person): who answered, and whose answer was taken back and may be gone.
    Column("people", LargeBinary),
    Column("doubtful", LargeBinary),
    points_at("layer", "layer_id"),
)
"""One row a day ("d") and month ("m", its first day), for no dimension ("") and for each folded one.

All values of a dimension share a row (storage/folding/packing.py), so that a question reads as many rows for five
hundred accounts as for one. The key is in the order in which questions narrow it down.
"""

dimension_value = Table(
    "dimension_value",
    metadata,
    tenant_id(primary_key=True),
    Column("dimension", String(12), primary_key=True),
    Column("value", String(300), primary_key=True),
    Column("slot", Integer, nullable=False),
    UniqueConstraint("tenant_id", "dimension", "slot"),
)
"""Every value that was ever folded, spelled as stored (an account's id), and its place in the packed rows.

Append-only; slot 0 is never given out: it stands for a missing value.
"""

folding = Table(
    "folding",
    metadata,
    tenant_id(primary_key=True),
    Column("holder", String(60)),
    Column("held_until", UtcDateTime),
)
"""Who may fold: the row is locked while one folds; a rebuild holds it under a lease, by the database's time."""

released_figure = Table(
    "released_figure",
    metadata,
    tenant_id(),
    row_id(),
    Column("metric", String(12), nullable=False),
    Column("survey_key", String(60), nullable=False),
    Column("question", String(60), nullable=False),
    Column("month", Date, nullable=False),
    # All empty when fewer than five answered: then not even the number is kept.
    Column("n", Integer),
    Column("shown", Integer),
    Column("released_at", UtcDateTime, nullable=False),
    Column("batch_id", BigId),
    *keyed(public=False),
    points_at("import_batch", "batch_id"),
    UniqueConstraint("tenant_id", "survey_key", "question", "month"),
)
"""What is kept of an employee wave: one figure for the whole company and calendar month."""

released_total = Table(
    "released_total",
    metadata,
    tenant_id(primary_key=True),
    Column("figure_id", BigId, primary_key=True),
    Column("value", SmallInteger, primary_key=True),
    Column("count", Integer, nullable=False),
    points_at("released_figure", "figure_id"),
)
"""The distribution of a released wave, only where at least 30 answered."""
