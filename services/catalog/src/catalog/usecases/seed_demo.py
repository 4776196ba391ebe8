"""Fill an empty sandbox with plans of all five kinds."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from catalog.domain.plan import Content, Kind
from catalog.models import Plan
from catalog.usecases.create_plan import create_plan
from catalog.usecases.edit_plan import edit_plan
from shared.money import Money

HARBOUR, HILL = (f"loc_{number:026}" for number in (1, 2))
PLAN = "plan_{:026}"
SEEDER = "system"

FIBRE = "Unlimited fibre at home. Router not included."


def seed_demo(session: Session, *, now: datetime) -> None:
    """
    Make the demo plans that are not there yet.
    """
    for number, kind, content in _shelf():
        if session.get(Plan, PLAN.format(number)) is None:
            create_plan(session, kind=kind, content=content, by=SEEDER, now=now, plan_id=PLAN.format(number))
            session.flush()
    _join_change_paths(session, now=now)


def _join_change_paths(session: Session, *, now: datetime) -> None:
    for numbers in ((101, 102, 103), (111, 112)):
        _join(session, [PLAN.format(number) for number in numbers], now=now)


def _join(session: Session, plan_ids: list[str], *, now: datetime) -> None:
    for plan_id in plan_ids:
        plan = session.get_one(Plan, plan_id)
        if plan.version == 1 and plan.retired_at is None:
            targets = tuple(other for other in plan_ids if other != plan_id)
            edit_plan(
                session,
                plan_id=plan_id,
                seen_version=1,
                content=replace(plan.content, change_target_ids=targets),
                by=SEEDER,
                now=now,
            )


def _shelf() -> list[tuple[int, Kind, Content]]:
    return [
        (101, Kind.INTERNET, _fibre(100, "30.00", "Good for two people and their films")),
        (102, Kind.INTERNET, _fibre(300, "38.00", "Good for a family that streams and plays")),
        (103, Kind.INTERNET, _fibre(500, "45.00", "Good for a house that works from home")),
        (111, Kind.INTERNET, _mobile("Mobile 5 GB", "10.00", 5_000, "Good for messages and maps")),
        (112, Kind.INTERNET, _mobile("Mobile 10 GB", "15.00", 10_000, "Good for music and films on the way")),
        (
            201,
            Kind.VOICE,
            _plan("Home phone", "10.00", "A number of your own.", "Calls to landlines included"),
        ),
        (
            301,
            Kind.RECURRING,
            _plan("Static IP", "5.00", "An address that stays.", "Reach your home from outside"),
        ),
        (
            302,
            Kind.RECURRING,
            _plan("Family TV", "18.00", "92 channels.", "92 channels", "Two screens at once"),
        ),
        (401, Kind.ONE_TIME, _once("Router", "60.00", "Yours to keep.", "Wi-Fi 6", "Two years warranty")),
        (402, Kind.ONE_TIME, _once("Installation visit", "49.00", "We set everything up.", "About one hour")),
        (501, Kind.BUNDLE, _bundle()),
    ]


def _plan(name: str, price: str, description: str, *bullets: str) -> Content:
    return Content(
        name=name,
        price=Money.parse(price, "EUR"),
        activation_fee=Money.zero("EUR"),
        description=description,
        bullets=bullets,
        vat_basis_points=2300,
        location_ids=(HARBOUR, HILL),
        shown_on_portal=True,
    )


def _fibre(speed: int, price: str, bullet: str) -> Content:
    return replace(
        _plan(f"Fibre {speed}", price, FIBRE, f"{speed} Mbit/s down, {speed // 2} Mbit/s up", bullet),
        details="No minimum term. Cancel any day until the end of the month.",
        download_kbit=speed * 1000,
        upload_kbit=speed * 500,
    )


def _mobile(name: str, price: str, included_mb: int, bullet: str) -> Content:
    data = f"{included_mb // 1000} GB for 30 days"
    return replace(
        _plan(name, price, "Prepaid internet on the phone.", data, bullet),
        details="Paid from your balance every 30 days. Without balance it pauses; nothing is owed.",
        billing_types=("prepaid",),
        location_ids=(),
        included_mb=included_mb,
        prepaid_days=30,
    )


def _once(name: str, price: str, description: str, *bullets: str) -> Content:
    return replace(_plan(name, price, description, *bullets), interval_months=0, max_quantity=5)


def _bundle() -> Content:
    return replace(
        _plan("Home Plus", "52.00", "Fibre 300 and Family TV in one.", "Fibre 300", "Family TV"),
        details="Save 4.00 a month against both alone.",
        activation_fee=Money.parse("10.00", "EUR"),
        member_ids=(PLAN.format(102), PLAN.format(302)),
        contract_months=12,
        auto_renewal=True,
        early_end_fee=Money.parse("60.00", "EUR"),
    )
