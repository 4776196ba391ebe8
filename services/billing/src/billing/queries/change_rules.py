"""The page of the change-plan rules: a partner's fields, today's periods, and the simulator."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain import charging, plan_change
from billing.domain.change_settings import ChangeSettings, Timing
from billing.domain.change_terms import rules_for, terms_of
from billing.domain.charging import Price, next_period
from billing.domain.line import Code, tax_in
from billing.domain.plan_quote import Rules, Standing
from billing.domain.settings import Shown, layered, shown
from billing.models import Partner, PartnerSettings, Plan, PlanVersion
from billing.queries.plan_changes import target_price
from billing.queries.quotes import ChangeFigures, change_figures
from billing.queries.settings import change_settings, default_partner_id, partner_settings
from shared import clock
from shared.errors import NotFound
from shared.money import Money
from shared.periods import Period

Scope = frozenset[str] | None


@dataclass(frozen=True, kw_only=True)
class RulesPage:
    """
    A partner's change-plan rules, field by field; *periods* is what each timing bills if changed *today*.
    """

    partner: Partner
    version: int
    fields: dict[str, Shown]
    today: date
    billing_day: int
    periods: dict[str, Period | None]

    @property
    def overrides(self) -> int:
        """
        How many fields differ from Default.
        """
        return sum(1 for field in self.fields.values() if field.differs)


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """
    A change to play through: from one plan to another on a day, for an account billed as *billing_type*.
    """

    from_plan_id: str
    to_plan_id: str
    on: date
    billing_type: str


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """
    What the customer would see: a quote, or the first day it is possible where nothing is refunded.
    """

    quote: ChangeFigures | None = None
    earliest_on: date | None = None


def partners_of(session: Session, scope: Scope) -> list[Partner]:
    """
    Return the partners somebody may see, Default first.
    """
    query = select(Partner).order_by(Partner.is_default.desc(), Partner.name)
    return [row for row in session.scalars(query) if scope is None or row.id in scope]


def rules_page(session: Session, partner_id: str) -> RulesPage:
    """
    Return the rules of a partner.

    :raises NotFound: if there is no such partner
    """
    partner = session.get(Partner, partner_id)
    if partner is None:
        raise NotFound
    row = session.get(PartnerSettings, partner_id)
    today, billing = clock.today(partner.timezone), partner_settings(session, partner_id)
    fields = shown(_inherited(session, partner), row.own if row else {}, _default(session))
    return RulesPage(
        partner=partner,
        version=row.version if row else 0,
        fields={field.name: field for field in fields},
        today=today,
        billing_day=billing.billing_day,
        periods={timing.value: _billed_at_once(today, billing.billing_day, timing) for timing in Timing},
    )


def plans_to_try(session: Session, partner: Partner) -> list[PlanVersion]:
    """
    Return the recurring plans in the partner's currency, in the version being sold.
    """
    query = (
        select(PlanVersion)
        .join(Plan, (Plan.id == PlanVersion.plan_id) & (Plan.version == PlanVersion.version))
        .where(
            Plan.on_sale,
            PlanVersion.interval_months > 0,
            PlanVersion.kind != "bundle",
            PlanVersion.currency == partner.currency,
        )
        .order_by(PlanVersion.kind, PlanVersion.price_minor, PlanVersion.name)
    )
    return list(session.scalars(query))


def simulate(
    session: Session, partner: Partner, wanted: Simulated, unsaved: Mapping[str, Any]
) -> Simulation | None:
    """
    Return what a customer of the partner would see if *unsaved* were its own values; None if no plan fits.

    The customer pays as the partner's settings say and has paid the present plan for the running period.
    """
    plans = {plan.plan_id: plan for plan in plans_to_try(session, partner)}
    before, after = plans.get(wanted.from_plan_id), plans.get(wanted.to_plan_id)
    if before is None or after is None or before.kind != after.kind or before is after:
        return None
    billing = partner_settings(session, partner.id)
    changes = layered(_inherited(session, partner), unsaved)
    terms = terms_of(changes, billing, wanted.billing_type)
    held = target_price(before, quantity=1, from_on=date.min)
    rules = rules_for(
        terms,
        currency=partner.currency,
        anchor_day=billing.billing_day,
        period_days=after.prepaid_days,
    )
    return _played(held, target_price(after, quantity=1, from_on=wanted.on), wanted.on, rules)


def _played(held: Price, target: Price, on: date, rules: Rules) -> Simulation:
    running = next_period(rules.anchor_day, on, months=held.months)
    earliest = plan_change.earliest_on(on, None if rules.postpay else running.end, rules)
    if earliest > on and on != running.start:
        return Simulation(earliest_on=earliest)
    quoted = plan_change.quote(
        held,
        target,
        on,
        standing=_paid(held, running, rules) if rules.refund and not rules.postpay else [],
        rules=rules,
        open_from=running.start,
    )
    return Simulation(quote=change_figures(quoted))


def _paid(held: Price, running: Period, rules: Rules) -> list[Standing]:
    lines = charging.lines([held], running, anchor_day=rules.anchor_day, code=Code.RECURRING)
    return [
        Standing(
            id=str(number),
            line=line,
            left=line.amount,
            covers_to=running.end,
            tax=tax_in(line.amount, line.vat_basis_points),
        )
        for number, line in enumerate(lines)
    ]


def _inherited(session: Session, partner: Partner) -> ChangeSettings:
    return ChangeSettings() if partner.is_default else _default(session)


def _default(session: Session) -> ChangeSettings:
    default_id = default_partner_id(session)
    return change_settings(session, default_id) if default_id else ChangeSettings()


def _billed_at_once(today: date, anchor_day: int, timing: Timing) -> Period | None:
    zero = Money.zero("")
    rules = Rules(refund=True, fee_up=zero, fee_down=zero, timing=timing, minimum=zero, anchor_day=anchor_day)
    until = plan_change.charged_until(today, rules, months=1)
    return Period(today, until) if until > today else None
