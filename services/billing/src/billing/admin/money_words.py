"""What the screens about money call things: postings, documents, and why payments failed."""

from flask import Flask
from flask_babel import gettext as _

from billing.domain.collection import Purpose


def teach(app: Flask) -> None:
    """
    Give the templates of *app* these words.
    """
    app.jinja_env.globals.update(
        posting=posting, document_path=document_path, failure_title=failure_title, purpose=purpose
    )


def posting(kind: str) -> str:
    """
    Return what a posting of the journal is called.
    """
    words = {
        "invoice_issued": _("Invoice"),
        "credit_note_issued": _("Credit note"),
        "payment_succeeded": _("Payment"),
        "payment_reversed": _("Chargeback"),
        "payment_restored": _("Chargeback given back"),
        "opening_balance": _("Opening balance"),
        "opening_undone": _("Opening balance taken back"),
        "invoice_written_off": _("Written off"),
        "write_off_undone": _("Write-off taken back"),
        "refund_agreed": _("Refund"),
        "refund_given_up": _("Refund given up"),
    }
    return str(words.get(kind) or kind.replace("_", " ").capitalize())


def document_path(ref: str) -> str | None:
    """
    Return the page of the document with this id, if it has one.
    """
    place = {"inv": "invoices", "cn": "credit-notes", "pay": "payments"}.get(ref.split("_", 1)[0])
    return f"/admin/billing/{place}/{ref}" if place else None


def failure_title(code: str) -> str:
    """
    Return why payments failed, for a heading.
    """
    words = {
        "card_declined": _("The bank declined the card"),
        "insufficient_funds": _("Not enough money on the account"),
        "expired_card": _("The card has expired"),
        "authentication_failed": _("The bank could not confirm the customer"),
        "abandoned": _("The customer left before the end"),
        "cancelled": _("Cancelled"),
        "amount_differs": _("Another amount was taken"),
        "paid_otherwise": _("The bill was paid another way"),
        "topped_up": _("An earlier top-up came through"),
        "method_unknown": _("The card cannot be used any more"),
    }
    return str(words.get(code) or _("Another reason: %(code)s", code=code))


def purpose(of: Purpose) -> str:
    """
    Return what a payment is for.
    """
    words = {
        Purpose.ORDER: _("Order"),
        Purpose.BILLS: _("Bills"),
        Purpose.ACCOUNT: _("Account"),
        Purpose.BALANCE: _("Top-up"),
        Purpose.OPENING: _("Opening balance"),
    }
    return str(words[of])
