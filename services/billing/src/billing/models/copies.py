"""What other services told us about: copies, never edited here."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Boolean, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.domain.availability import Limits
from billing.domain.basket import Terms
from billing.models.base import Record, currency, minor
from shared.db import ID, Instant
from shared.money import Money


class Partner(Record):
    """
    A provider brand; *number* is ours, for document numbers; settings are inherited from the default one.
    """

    __tablename__ = "partners"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer, unique=True)
    name: Mapped[str] = mapped_column(String(200))
    currency: Mapped[str] = currency()
    timezone: Mapped[str] = mapped_column(String(64))
    is_default: Mapped[bool] = mapped_column(Boolean, default=False)


class Customer(Record):
    """
    A customer as billing shows it; *has_email*: mail about bills reaches them. Without *label_ids* neither
    these nor the location are known yet.
    """

    __tablename__ = "customers"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    partner_id: Mapped[str] = mapped_column(ID, index=True)
    version: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer, index=True)
    full_name: Mapped[str] = mapped_column(String(300))
    login: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(20))
    billing_type: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(500))
    language: Mapped[str] = mapped_column(String(8), default="en")
    has_email: Mapped[bool] = mapped_column(Boolean, default=True)
    location_id: Mapped[str | None] = mapped_column(ID)
    label_ids: Mapped[list[str] | None] = mapped_column(JSON)
    deleted: Mapped[bool] = mapped_column(Boolean, default=False)


class Plan(Record):
    """
    Which version of a plan is the present one, and whether it is sold.
    """

    __tablename__ = "plans"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    on_sale: Mapped[bool] = mapped_column(Boolean)


class PlanVersion(Record):
    """
    What a plan cost in one version; kept for ever, since orders and subscriptions point here.

    *prepaid_days*: a prepaid period lasts so many days (0: a month); *included_mb* come with each period.
    A contract lasts *contract_months* (0: none).
    Sold by the partners of *partner_ids* to customers billed as one of *billing_types* (none: all), and in
    the portal, and with *hidden_on_admin* by staff, to those of *location_ids*, *categories* and *label_ids*
    (None: not known yet).
    """

    __tablename__ = "plan_versions"

    plan_id: Mapped[str] = mapped_column(ID, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    currency: Mapped[str] = currency()
    price_minor: Mapped[int] = minor()
    interval_months: Mapped[int] = mapped_column(Integer)
    activation_fee_minor: Mapped[int] = minor()
    vat_basis_points: Mapped[int] = mapped_column(Integer)
    max_quantity: Mapped[int] = mapped_column(Integer)
    member_ids: Mapped[list[str]]
    billing_types: Mapped[list[str]] = mapped_column(JSON, default=list)
    partner_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    change_target_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    location_ids: Mapped[list[str] | None] = mapped_column(JSON)
    categories: Mapped[list[str] | None] = mapped_column(JSON)
    label_ids: Mapped[list[str] | None] = mapped_column(JSON)
    hidden_on_admin: Mapped[bool] = mapped_column(Boolean, default=False)
    included_mb: Mapped[int] = mapped_column(BigInteger, default=0)
    prepaid_days: Mapped[int] = mapped_column(Integer, default=0)
    contract_months: Mapped[int] = mapped_column(Integer, default=0)
    auto_renewal: Mapped[bool] = mapped_column(Boolean, default=False)
    cancellation_fee_minor: Mapped[int] = minor(default=0)
    early_end_fee_minor: Mapped[int] = minor(default=0)

    def sold_by(self, partner_id: str) -> bool:
        """
        Tell whether the partner sells it.
        """
        return not self.partner_ids or partner_id in self.partner_ids

    def limits(self, *, on_sale: bool) -> Limits:
        """
        Return who may be given it; what is not known does not limit.
        """
        return Limits(
            on_sale=on_sale,
            currency=self.currency,
            hidden_on_admin=self.hidden_on_admin,
            partner_ids=tuple(self.partner_ids),
            billing_types=tuple(self.billing_types),
            location_ids=tuple(self.location_ids or ()),
            categories=tuple(self.categories or ()),
            label_ids=tuple(self.label_ids or ()),
        )

    def terms(self) -> Terms:
        """
        Return what it costs.
        """
        return Terms(
            plan_id=self.plan_id,
            version=self.version,
            kind=self.kind,
            name=self.name,
            price=Money(self.price_minor, self.currency),
            interval_months=self.interval_months,
            activation_fee=Money(self.activation_fee_minor, self.currency),
            vat_basis_points=self.vat_basis_points,
            max_quantity=self.max_quantity,
            prepaid_days=self.prepaid_days,
        )


class PortalModes(Record):
    """
    How a partner lets customers change plans in the portal: off, request, self or both, *by_kind* of service.
    """

    __tablename__ = "portal_modes"

    partner_id: Mapped[str] = mapped_column(ID, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    by_kind: Mapped[dict[str, str]] = mapped_column(JSON)


class BillMail(Record):
    """
    A mail about a bill as customers told of it last: *state* is sent, queued (it is tried again) or failed.
    """

    __tablename__ = "bill_mails"

    message_id: Mapped[str] = mapped_column(ID, primary_key=True)
    invoice_id: Mapped[str] = mapped_column(ID, index=True)
    customer_id: Mapped[str] = mapped_column(ID)
    partner_id: Mapped[str] = mapped_column(ID)
    recipients: Mapped[list[str]] = mapped_column(JSON)
    subject_line: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(Integer)
    answer: Mapped[str] = mapped_column(String(500))
    tried_at: Mapped[datetime] = mapped_column(Instant)
