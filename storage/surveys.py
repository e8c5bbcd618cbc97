"""Published surveys. A version is written once; publishing the same definition again finds it."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import and_, bindparam, func, insert, select

from storage.prepared import Prepared
from storage.public_ids import new_public_id
from storage.scope import Scope
from storage.tables import survey, survey_version
from storage.types import AnyRow
from surveys.definitions.canonical import canonical, from_canonical
from surveys.definitions.model import Survey, SurveyVersion
from surveys.errors import NotFound

_VERSIONS = (
    select(survey_version.c.id, survey_version.c.public_id, survey_version.c.number, survey_version.c.definition)
    .select_from(
        survey_version.join(
            survey, and_(survey.c.tenant_id == survey_version.c.tenant_id, survey.c.id == survey_version.c.survey_id)
        )
    )
    .where(survey_version.c.tenant_id == bindparam("tenant"))
)
_BY_ID = _VERSIONS.where(survey_version.c.id == bindparam("id"))
_OF_KEY = _VERSIONS.where(survey.c.key == bindparam("key")).order_by(survey_version.c.number.desc()).limit(1)
_newest = (
    select(survey_version.c.survey_id, func.max(survey_version.c.number).label("number"))
    .where(survey_version.c.tenant_id == bindparam("tenant"))
    .group_by(survey_version.c.survey_id)
    .subquery()
)
_ALL_LATEST = Prepared(
    _VERSIONS.join(
        _newest, and_(_newest.c.survey_id == survey_version.c.survey_id, _newest.c.number == survey_version.c.number)
    ).order_by(survey.c.key),
)
_LOCK = select(survey.c.id).where(survey.c.tenant_id == bindparam("tenant"), survey.c.key == bindparam("key"))


class StoredSurveys:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._all: Sequence[SurveyVersion] | None = None

    async def publish(self, definition: Survey, at: datetime) -> SurveyVersion:
        self._all = None
        values = {"tenant": self._scope.tenant_id, "key": definition.key}
        await self._scope.connection.execute(
            self._scope.insert_new(survey), {"tenant_id": self._scope.tenant_id, "key": definition.key}
        )
        # Of two publications at once the second waits here and then finds the first one's version.
        survey_id = (await self._scope.connection.execute(_LOCK.with_for_update(), values)).scalar_one()
        text = canonical(definition)
        latest = (await self._scope.connection.execute(_OF_KEY, values)).first()
        if latest is not None and latest.definition == text:
            return self._version(latest)
        number = (latest.number if latest else 0) + 1
        public_id = new_public_id()
        result = await self._scope.connection.execute(
            insert(survey_version).returning(survey_version.c.id),
            {
                "tenant_id": self._scope.tenant_id,
                "public_id": public_id,
                "survey_id": survey_id,
                "number": number,
                "privacy": definition.privacy.value,
                "definition": text,
                # With the number, so that going back to an earlier wording is a version of its own.
                "digest": sha256(f"{number}:{text}".encode()).hexdigest(),
                "published_at": at,
            },
        )
        version_id = result.scalar_one()
        self._scope.unsettled.add(version_id)
        return SurveyVersion(id=version_id, public_id=public_id, number=number, survey=definition)

    async def latest(self, key: str) -> SurveyVersion | None:
        result = await self._scope.connection.execute(_OF_KEY, {"tenant": self._scope.tenant_id, "key": key})
        row = result.first()
        return self._version(row) if row else None

    async def all_latest(self) -> Sequence[SurveyVersion]:
        """Read once in a unit: a question needs them to be understood and to be answered."""
        if self._all is None:
            if self._scope.sight is None:
                self._all = await self._read_latest()
            else:
                snapshot = await self._scope.sight.snapshot()
                self._all = await snapshot.of_surveys("latest", self._read_latest)
        return self._all

    async def _read_latest(self) -> Sequence[SurveyVersion]:
        rows = await _ALL_LATEST.all(self._scope.connection, tenant=self._scope.tenant_id)
        return tuple(self._version(row) for row in rows)

    async def version(self, version_id: int) -> SurveyVersion:
        """A version by its row; from the process's memory after the first time."""
        known = self._scope.versions.get((self._scope.tenant_id, version_id))
        if known is not None:
            return known
        result = await self._scope.connection.execute(_BY_ID, {"tenant": self._scope.tenant_id, "id": version_id})
        row = result.first()
        if row is None:
            raise NotFound("This version of a survey is not known here.")
        return self._version(row)

    def _version(self, row: AnyRow) -> SurveyVersion:
        key = (self._scope.tenant_id, int(row.id))
        known = self._scope.versions.get(key)
        if known is None:
            known = SurveyVersion(
                id=row.id, public_id=row.public_id, number=row.number, survey=from_canonical(row.definition)
            )
            if known.id not in self._scope.unsettled:
                self._scope.versions[key] = known
        return known
