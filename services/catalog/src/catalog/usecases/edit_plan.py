"""Change what a plan offers, for those who order it from now on."""

from datetime import datetime

from sqlalchemy.orm import Session

from catalog.domain.plan import Content, fitted
from catalog.models import Plan
from catalog.queries import PlanNotFound
from catalog.usecases.publish_version import publish_version
from shared.errors import Conflict


class PlanChanged(Conflict, code="plan_changed", title="Somebody else changed this plan"):
    """
    The plan has a newer version than the one the editor started from.
    """


class PlanIsRetired(Conflict, code="plan_retired", title="This plan is retired"):
    """
    A retired plan does not change any more.
    """


def edit_plan(
    session: Session, *, plan_id: str, seen_version: int, content: Content, by: str, now: datetime
) -> Plan:
    """
    Make a new version of the plan, or none when nothing differs.

    :raises PlanChanged: if *seen_version* is not the newest
    :raises PlanIsRetired: if it is no longer sold
    :raises Invalid: if the content breaks a rule
    """
    plan = session.get(Plan, plan_id, with_for_update=True)
    if plan is None:
        raise PlanNotFound
    if plan.retired_at is not None:
        raise PlanIsRetired
    if plan.version != seen_version:
        raise PlanChanged
    if fitted(plan.kind, content) != plan.content:
        publish_version(session, plan, content=content, by=by, now=now)
    return plan
