"""Invoices and credit notes. Issued ones never change, only marked caches do (triggers refuse the rest)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.domain.document import CreditStatus, InvoiceKind
from billing.domain.reason import reason_of
from billing.domain.tax_table import Taxed, tax_table
from billing.models.base import Priced, Record, currency, minor
from shared.db import ID, Instant, choice
from shared.money import Money

LIVE = text(
    "subscription_id IS NOT NULL AND code IN ('first_period', 'recurring') AND credited_minor < amount_minor"
)


class Document:
    """
    What both kinds of documents have.
    """

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    number: Mapped[str] = mapped_column(String(20))
    customer_id: Mapped[str] = mapped_column(ID, index=True)
    partner_id: Mapped[str] = mapped_column(ID)
    currency: Mapped[str] = currency()
    total_minor: Mapped[int] = minor()
    tax_minor: Mapped[int] = minor()
    issued_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(Instant)
    seller: Mapped[dict[str, str]] = mapped_column(JSON)
    buyer: Mapped[dict[str, str]] = mapped_column(JSON)

    @property
    def total(self) -> Money:
        """
        The gross of all lines.
        """
        return Money(self.total_minor, self.currency)


class Invoice(Document, Record):
    """
    A bill. *open_minor* (cache) is still to be paid, *written_off_minor* (cache) was given up; *extended_to*
    (cache) is a later due date, granted once.

    *kind* recurring bills take part in dunning, one_time ones only if the partner wants it.
    """

    __tablename__ = "invoices"
    __table_args__ = (UniqueConstraint("partner_id", "number"),)

    order_id: Mapped[str | None] = mapped_column(ID, index=True)
    kind: Mapped[InvoiceKind] = mapped_column(choice(InvoiceKind), default=InvoiceKind.RECURRING)
    run_id: Mapped[str | None] = mapped_column(ID, index=True)
    due_on: Mapped[date] = mapped_column(Date)
    extended_to: Mapped[date | None] = mapped_column(Date)
    open_minor: Mapped[int] = minor()
    written_off_minor: Mapped[int] = minor(default=0)

    lines: Mapped[list["InvoiceLine"]] = relationship(order_by="InvoiceLine.position", lazy="selectin")

    @property
    def open(self) -> Money:
        """
        What is still to be paid.
        """
        return Money(self.open_minor, self.currency)

    @property
    def taxed(self) -> list[Taxed]:
        """
        What it holds of each VAT rate.
        """
        return tax_table(
            (
                line.vat_basis_points,
                Money(line.amount_minor, self.currency),
                Money(line.tax_minor, self.currency),
            )
            for line in self.lines
        )

    @property
    def written_off(self) -> Money:
        """
        What was given up as bad debt.
        """
        return Money(self.written_off_minor, self.currency)

    @property
    def payable_on(self) -> date:
        """
        The day it is due, more time included.
        """
        return self.extended_to or self.due_on


class InvoiceLine(Priced, Record):
    """
    A line of a bill; *credited_minor* and *credited_tax_minor* (caches) are what credit notes took back.

    A subscription is charged for a period once: unique while anything of the line stands.
    """

    __tablename__ = "invoice_lines"
    __table_args__ = (
        Index(
            "uq_invoice_lines_live",
            "subscription_id",
            "from_on",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    subscription_id: Mapped[str | None] = mapped_column(ID)
    tax_minor: Mapped[int] = minor()
    credited_minor: Mapped[int] = minor(default=0)
    credited_tax_minor: Mapped[int] = minor(default=0)

    @property
    def left(self) -> Money:
        """
        What was not credited yet.
        """
        return Money(self.amount_minor - self.credited_minor, self.currency)


class CreditNote(Document, Record):
    """
    A correction of one invoice. *left_minor* and *status* (caches) say what became of the money.
    """

    __tablename__ = "credit_notes"
    __table_args__ = (UniqueConstraint("partner_id", "number"),)

    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"), index=True)
    order_id: Mapped[str | None] = mapped_column(ID, index=True)
    reason: Mapped[str] = mapped_column(String(500))
    because: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    left_minor: Mapped[int] = minor()
    status: Mapped[CreditStatus] = mapped_column(choice(CreditStatus))

    lines: Mapped[list["CreditNoteLine"]] = relationship(order_by="CreditNoteLine.position", lazy="selectin")

    @property
    def why(self) -> str:
        """
        The reason, to be said to its reader; what a person wrote is as they wrote it.
        """
        return reason_of(self.reason, self.because)

    @property
    def taxed(self) -> list[Taxed]:
        """
        What it gives back of each VAT rate.
        """
        return tax_table(
            (
                line.charged.vat_basis_points,
                Money(line.amount_minor, self.currency),
                Money(line.tax_minor, self.currency),
            )
            for line in self.lines
        )

    @property
    def left(self) -> Money:
        """
        What was not used yet.
        """
        return Money(self.left_minor, self.currency)


class CreditNoteLine(Record):
    """
    What of an invoice line goes back, and for which days.
    """

    __tablename__ = "credit_note_lines"

    credit_note_id: Mapped[str] = mapped_column(ForeignKey("credit_notes.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    invoice_line_id: Mapped[str] = mapped_column(ForeignKey("invoice_lines.id"), index=True)
    label: Mapped[str] = mapped_column(String(200))
    days: Mapped[int] = mapped_column(Integer)
    from_on: Mapped[date | None] = mapped_column(Date)
    until_on: Mapped[date | None] = mapped_column(Date)
    amount_minor: Mapped[int] = minor()
    tax_minor: Mapped[int] = minor()

    charged: Mapped[InvoiceLine] = relationship(viewonly=True)


class WriteOff(Record):
    """
    What was open of an invoice and was given up; *left_minor* is what of it still is.
    """

    __tablename__ = "write_offs"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"), index=True)
    customer_id: Mapped[str] = mapped_column(ID, index=True)
    partner_id: Mapped[str] = mapped_column(ID)
    currency: Mapped[str] = currency()
    amount_minor: Mapped[int] = minor()
    left_minor: Mapped[int] = minor()
    reason: Mapped[str] = mapped_column(String(500))
    written_off_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def amount(self) -> Money:
        """
        What was given up.
        """
        return Money(self.amount_minor, self.currency)


class Allocation(Record):
    """
    What of a payment, a credit note or a write-off was used for an invoice; a negative one takes back the one
    it *reverses_id*.
    """

    __tablename__ = "allocations"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    source_id: Mapped[str] = mapped_column(ID, index=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"), index=True)
    currency: Mapped[str] = currency()
    amount_minor: Mapped[int] = minor()
    created_at: Mapped[datetime] = mapped_column(Instant)
    reverses_id: Mapped[str | None] = mapped_column(ID)

    invoice: Mapped[Invoice] = relationship()
