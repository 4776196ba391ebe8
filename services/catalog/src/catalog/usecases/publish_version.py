"""Make the next version of a plan and tell everybody who keeps a copy."""

from dataclasses import fields
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.domain.plan import Content, Kind, fitted, problems
from catalog.models import Plan, PlanVersion
from shared.bus import outbox
from shared.contracts import catalog as facts
from shared.errors import FieldError, Invalid

TOLD = {field.name for field in fields(facts.PlanPublished)} & {field.name for field in fields(Content)}


def publish_version(session: Session, plan: Plan, *, content: Content, by: str, now: datetime) -> None:
    """
    Give *plan* its next version with *content*, keep that version for ever and tell it.

    :raises Invalid: if the content breaks a rule or names plans it cannot name
    """
    content = fitted(plan.kind, content)
    refuse_broken(session, plan=plan, content=content)
    plan.content = content
    plan.version = (plan.version or 0) + 1
    plan.updated_at, plan.updated_by = now, by
    fact = _published(plan)
    session.add(
        PlanVersion(
            plan_id=plan.id, version=plan.version, document=_document(fact, plan), made_at=now, made_by=by
        )
    )
    outbox.tell(session, fact)


def refuse_broken(session: Session, *, plan: Plan, content: Content) -> None:
    """
    Refuse content that no plan of this kind may have.

    :raises Invalid: with every problem at once
    """
    found = [*problems(plan.kind, content), *_foreign_names(session, plan, content)]
    if found:
        raise Invalid(*found)


def _foreign_names(session: Session, plan: Plan, content: Content) -> list[FieldError]:
    ids = {*content.member_ids, *content.change_target_ids}
    if not ids:
        return []
    known = {
        row.id: row
        for row in session.scalars(select(Plan).where(Plan.id.in_(ids), Plan.retired_at.is_(None)))
        if row.currency == content.price.currency and row.id != plan.id
    }
    found = []
    if any(id_ not in known or known[id_].kind is Kind.BUNDLE for id_ in content.member_ids):
        found.append(FieldError("#/member_ids", "unknown", "Choose plans that are sold and are no bundles."))
    if any(id_ not in known or known[id_].kind is not plan.kind for id_ in content.change_target_ids):
        found.append(FieldError("#/change_target_ids", "unknown", "Choose plans of the same kind."))
    return found


def _published(plan: Plan) -> facts.PlanPublished:
    content = plan.content
    told = {name: getattr(content, name) for name in TOLD}
    return facts.PlanPublished(plan_id=plan.id, version=plan.version, kind=plan.kind.value, **told)


def _document(fact: facts.PlanPublished, plan: Plan) -> dict[str, object]:
    specifics = {field.name for field in fields(Content)} - TOLD
    return fact.dump() | {name: getattr(plan, name) for name in sorted(specifics)}
