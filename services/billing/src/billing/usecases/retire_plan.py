"""Stop selling a plan."""

from sqlalchemy.orm import Session

from billing.usecases.keep_plan import now_sold
from shared.contracts import catalog


def retire_plan(session: Session, plan: catalog.PlanRetired) -> None:
    """
    Stop selling a plan; what was sold goes on.
    """
    now_sold(session, plan.plan_id, plan.version, on_sale=False)
