"""What every table of billing has in common."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from billing.domain.line import Code, Line
from shared import db
from shared.money import Money
from shared.periods import Period


class Record(DeclarativeBase):
    """
    The base of billing's records.
    """

    metadata = db.metadata()
    type_annotation_map = {dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012


def minor(*, default: int | None = None) -> Mapped[int]:
    """
    Return a column of minor units.
    """
    return mapped_column(BigInteger, default=default, nullable=False)


def currency() -> Mapped[str]:
    """
    Return a column of currency codes.
    """
    return mapped_column(String(3))


class Priced:
    """
    The columns of a priced line, the same in quotes, orders and invoices; *until_on* is the first day after.
    """

    code: Mapped[Code] = mapped_column(db.choice(Code))
    plan_id: Mapped[str] = mapped_column(db.ID)
    plan_version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = currency()
    price_minor: Mapped[int] = minor()
    from_on: Mapped[date | None] = mapped_column(Date)
    until_on: Mapped[date | None] = mapped_column(Date)
    nominal_days: Mapped[int] = mapped_column(Integer)
    amount_minor: Mapped[int] = minor()
    vat_basis_points: Mapped[int] = mapped_column(Integer)
    discount_basis_points: Mapped[int] = mapped_column(Integer, default=0)

    def line(self) -> Line:
        """
        Return the line as a value.
        """
        period = Period(self.from_on, self.until_on) if self.from_on and self.until_on else None
        return Line(
            code=self.code,
            plan_id=self.plan_id,
            plan_version=self.plan_version,
            kind=self.kind,
            label=self.label,
            quantity=self.quantity,
            price=Money(self.price_minor, self.currency),
            period=period,
            nominal_days=self.nominal_days,
            amount=Money(self.amount_minor, self.currency),
            vat_basis_points=self.vat_basis_points,
            discount_basis_points=self.discount_basis_points or 0,
        )


def columns(line: Line) -> dict[str, Any]:
    """
    Return *line* as the columns of a priced record.
    """
    return {
        "code": line.code,
        "plan_id": line.plan_id,
        "plan_version": line.plan_version,
        "kind": line.kind,
        "label": line.label,
        "quantity": line.quantity,
        "currency": line.price.currency,
        "price_minor": line.price.minor,
        "from_on": line.period.start if line.period else None,
        "until_on": line.period.end if line.period else None,
        "nominal_days": line.nominal_days,
        "amount_minor": line.amount.minor,
        "vat_basis_points": line.vat_basis_points,
        "discount_basis_points": line.discount_basis_points,
    }
