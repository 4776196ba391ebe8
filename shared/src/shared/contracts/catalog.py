"""Facts the catalog service states."""

from dataclasses import dataclass

from shared.contracts.event import Event
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class PlanPublished(Event, name="catalog.plan_published", subject="plan_id"):
    """
    A plan has a new version; carries the whole plan, so that copies need not ask.

    *kind* bundle, internet, voice, recurring, one_time; *price* per *interval_months* months, VAT included
    (0 months: once); *vat_basis_points* 2300 is 23 %. The lists limit who may order it; empty ones do not.
    A contract lasts *contract_months* (0: none) and with *auto_renewal* begins again; who ends a service
    before that pays the *early_end_fee*, later the *cancellation_fee*. *included_mb* of data come with each
    period; a prepaid period lasts *prepaid_days* days (0: a month).
    """

    plan_id: str
    version: int
    kind: str
    name: str
    description: str
    details: str
    bullets: tuple[str, ...]
    price: Money
    interval_months: int
    activation_fee: Money
    vat_basis_points: int
    max_quantity: int
    member_ids: tuple[str, ...]
    billing_types: tuple[str, ...]
    partner_ids: tuple[str, ...]
    location_ids: tuple[str, ...]
    categories: tuple[str, ...]
    label_ids: tuple[str, ...]
    enabled: bool
    shown_on_portal: bool
    hidden_on_admin: bool
    change_target_ids: tuple[str, ...] = ()
    included_mb: int = 0
    prepaid_days: int = 0
    contract_months: int = 0
    auto_renewal: bool = False
    cancellation_fee: Money | None = None
    early_end_fee: Money | None = None


@dataclass(frozen=True, kw_only=True)
class PlanRetired(Event, name="catalog.plan_retired", subject="plan_id"):
    """
    A plan can no longer be sold; what was sold goes on.
    """

    plan_id: str
    version: int
