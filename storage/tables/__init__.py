"""Every table, by concept. `metadata` is what migrations are compared with."""

from storage.tables.answers import (
    answer,
    dimension_value,
    folding,
    histogram,
    import_batch,
    layer,
    released_figure,
    released_total,
    response,
    score_delta,
)
from storage.tables.base import metadata
from storage.tables.people import (
    account,
    contact,
    conversation,
    employee,
    group_assignment,
    identity,
    opt_out,
    person,
    preference,
    touchpoint,
)
from storage.tables.sending import budget, shut_route, unreached
from storage.tables.surveys import (
    delivery,
    invitation,
    schedule,
    schedule_fire,
    subscription,
    survey,
    survey_version,
    wave,
    wave_member,
    web_message,
)
from storage.tables.tenancy import audit, demo_clock, inbound_event, role_grant, tenant, workspace

__all__ = [
    "account", "answer", "audit", "budget", "contact", "conversation", "delivery", "demo_clock", "dimension_value",
    "employee", "folding", "group_assignment", "histogram", "identity", "import_batch", "inbound_event", "invitation",
    "layer", "metadata", "opt_out", "person", "preference", "released_figure", "released_total", "response",
    "role_grant", "schedule", "schedule_fire", "score_delta", "shut_route", "subscription", "survey", "survey_version",
    "tenant", "touchpoint", "unreached", "wave", "wave_member", "web_message", "workspace",
]  # fmt: skip
