"""Keep a copy of the catalogue: every version of every plan, and which one is being sold."""

from sqlalchemy.orm import Session

from billing.models import Plan, PlanVersion
from billing.usecases.insert_once import insert_once
from shared.contracts import catalog


def keep_plan(session: Session, plan: catalog.PlanPublished) -> None:
    """
    Store a version of a plan; the newest one heard of is the one being sold.
    """
    insert_once(
        session,
        PlanVersion,
        plan_id=plan.plan_id,
        version=plan.version,
        kind=plan.kind,
        name=plan.name,
        currency=plan.price.currency,
        price_minor=plan.price.minor,
        interval_months=plan.interval_months,
        activation_fee_minor=plan.activation_fee.minor,
        vat_basis_points=plan.vat_basis_points,
        max_quantity=plan.max_quantity,
        member_ids=list(plan.member_ids),
        billing_types=list(plan.billing_types),
        partner_ids=list(plan.partner_ids),
        change_target_ids=list(plan.change_target_ids),
        location_ids=list(plan.location_ids),
        categories=list(plan.categories),
        label_ids=list(plan.label_ids),
        included_mb=plan.included_mb,
        prepaid_days=plan.prepaid_days,
        hidden_on_admin=plan.hidden_on_admin,
        contract_months=plan.contract_months,
        auto_renewal=plan.auto_renewal,
        cancellation_fee_minor=plan.cancellation_fee.minor if plan.cancellation_fee else 0,
        early_end_fee_minor=plan.early_end_fee.minor if plan.early_end_fee else 0,
    )
    now_sold(session, plan.plan_id, plan.version, on_sale=plan.enabled)


def now_sold(session: Session, plan_id: str, version: int, *, on_sale: bool) -> None:
    """
    Make *version* the one being sold, or not sold, unless a newer one was heard of.
    """
    insert_once(session, Plan, id=plan_id, version=-1, on_sale=False)
    plan = session.get_one(Plan, plan_id, with_for_update=True, populate_existing=True)
    if plan.version <= version:
        plan.version, plan.on_sale = version, on_sale
