"""Plans of a test's own, and prices that move under a customer's hands."""

from dataclasses import replace
from typing import Any

from catalog.domain.plan import Content, Kind
from catalog.models import Plan
from catalog.usecases.create_plan import create_plan
from catalog.usecases.edit_plan import edit_plan
from shared import clock
from shared.money import Money
from tests.journeys.world import World
from tests.security.evidence import quiet

PLAIN = Content(
    name="Odd one", price=Money.parse("1.00", "EUR"), activation_fee=Money.zero("EUR"), shown_on_portal=True
)


def put_on_shelf(world: World, plan_id: str | None = None, **content: Any) -> None:
    """
    Publish a voice plan of 1.00 EUR with this *content*.
    """
    with world.databases["catalog"].begin() as session:
        create_plan(
            session,
            kind=Kind.VOICE,
            content=replace(PLAIN, **content),
            by="test",
            now=clock.now(),
            plan_id=plan_id,
        )
    quiet(world)


def set_price(world: World, plan_id: str, price: str) -> None:
    """
    Publish the next version of a plan, which costs *price*.
    """
    with world.databases["catalog"].begin() as session:
        plan = session.get_one(Plan, plan_id)
        edit_plan(
            session,
            plan_id=plan_id,
            seen_version=plan.version,
            content=replace(plan.content, price=Money.parse(price, "EUR")),
            by="test",
            now=clock.now(),
        )
    quiet(world)
