"""Stop selling a plan for good; what was sold goes on."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.domain.plan import Kind
from catalog.models import Plan
from catalog.queries import PlanNotFound
from shared.bus import outbox
from shared.contracts import catalog as facts
from shared.errors import Conflict


class PlanIsInBundle(Conflict, code="plan_in_bundle", title="A bundle contains this plan"):
    """
    A bundle that is sold still contains the plan.
    """


def retire_plan(session: Session, *, plan_id: str, by: str, now: datetime) -> Plan:
    """
    Take the plan off the shelf; asking twice retires once.

    :raises PlanIsInBundle: if a bundle that is sold contains it
    """
    plan = session.get(Plan, plan_id, with_for_update=True)
    if plan is None:
        raise PlanNotFound
    if plan.retired_at is None:
        _refuse_while_in_bundle(session, plan)
        plan.retired_at, plan.updated_at, plan.updated_by = now, now, by
        plan.version += 1
        outbox.tell(session, facts.PlanRetired(plan_id=plan.id, version=plan.version))
    return plan


def _refuse_while_in_bundle(session: Session, plan: Plan) -> None:
    sold = session.scalars(select(Plan).where(Plan.kind == Kind.BUNDLE, Plan.retired_at.is_(None)))
    holding = [bundle.name for bundle in sold if plan.id in bundle.member_ids]
    if holding:
        raise PlanIsInBundle("Take it out of %(bundles)s first.", params={"bundles": holding})
