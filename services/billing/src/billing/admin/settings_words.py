"""What the settings screens call each field and value."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from billing.domain.settings_fields import GROUPS, Field, Kind
from shared.money import Money
from shared.ui.formats import day, money

TITLES = {
    "bills": _l("Bills"),
    "late": _l("Late payment"),
    "money": _l("Collecting"),
    "orders": _l("Orders"),
    "mails": _l("Mails"),
    "prepaid": _l("Prepaid"),
}
LABELS = {
    "billing_enabled": _l("Billing"),
    "billing_day": _l("Billing day"),
    "collection": _l("Collection"),
    "prepay_months": _l("Months paid ahead"),
    "due_days": _l("Payment due after (days)"),
    "zero_invoices": _l("Bills over nothing"),
    "separate_periods": _l("A bill of its own for each period missed"),
    "confirm_after_days": _l("Bills go out by themselves after (days)"),
    "confirm_hour": _l("At this hour"),
    "undo_minutes": _l("A change for today can be undone for (minutes)"),
    "process_blocking": _l("Block who pays late"),
    "block_after": _l("Blocking period (days after due)"),
    "process_deactivation": _l("Deactivate who does not pay"),
    "deactivate_after": _l("Deactivation period (days after blocking)"),
    "min_balance_minor": _l("Minimum balance"),
    "block_by_one_time": _l("Block by one-time bills, too"),
    "blocking_hour": _l("Blocking hour"),
    "block_on_weekends": _l("Block on weekends"),
    "holidays": _l("Holidays"),
    "reminders": _l("Reminders (days after due)"),
    "use_credit": _l("Pay bills from credit"),
    "charge_card": _l("Charge the saved card"),
    "retry_days": _l("Try a card again after (days)"),
    "mail_invoices": _l("Mail new bills"),
    "mail_access": _l("Mail when access is paused, ended or back"),
    "mail_payments": _l("Mail failed payments"),
    "approve_paid": _l("Approve paid orders by themselves"),
    "unpaid_hours": _l("Unpaid orders end after (hours)"),
    "request_days": _l("Requests end after (days)"),
    "process_prepaid": _l("Process prepaid customers"),
    "prepaid_deactivate_after": _l("Deactivation period for prepaid (days)"),
    "reactivate_prepaid": _l("Reactivate when the balance is enough"),
    "reactivate_one_by_one": _l("Reactivate what the balance covers, in order"),
    "top_up_min_minor": _l("Smallest top-up"),
    "top_up_max_minor": _l("Largest top-up"),
    "top_up_sums": _l("Top-ups offered at a press"),
}
HINTS = {
    "approve_paid": _l("For the day they were paid, or the later day the customer wished for."),
    "unpaid_hours": _l("Counts for orders placed from now on."),
    "request_days": _l("Customers read it in portal and ticket. Counts for requests sent from now on."),
    "min_balance_minor": _l("Who has at least this balance is not blocked. It may be negative."),
    "holidays": _l("Days such as 2026-12-25, with commas between. Nobody is blocked on them."),
    "retry_days": _l("Days after the first try, such as 3, 5, 7."),
    "reminders": _l("Up to three mails, before the due day with a minus: -5, -1, 5. Write never for none."),
    "top_up_max_minor": _l("Who needs more to switch paused services on may pay that at once."),
    "top_up_sums": _l("Amounts such as 10.00, 20.00, 40.00."),
}
COLLECTIONS = {"prepay": _l("Prepay"), "postpay": _l("Postpay")}


def value_words(field: Field, value: Any, currency: str) -> str:
    """
    Return how a value reads.
    """
    if value is None:
        return str(_("Never"))
    if field.kind is Kind.FLAG:
        return str(_("On") if value else _("Off"))
    if field.kind is Kind.MONEY:
        return money(Money(value, currency))
    if field.kind is Kind.SUMS:
        return ", ".join(money(Money(each, currency)) for each in value) or str(_("none"))
    if field.kind is Kind.COLLECTION:
        return str(COLLECTIONS[value])
    if field.kind is Kind.DATES:
        return ", ".join(day(each) for each in value) or str(_("none"))
    if field.kind is Kind.STEPS:
        return ", ".join(_step_words(days) for days in value) or str(_("Never"))
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _step_words(days: int) -> str:
    if days == 0:
        return str(_("on the due day"))
    if days < 0:
        return str(ngettext("%(num)d day before", "%(num)d days before", -days))
    return str(ngettext("%(num)d day after", "%(num)d days after", days))


def wrong(field: Field) -> str:
    """
    Return what to type instead.
    """
    words = {
        Kind.NUMBER: _("Enter a whole number from %(low)s to %(high)s", **limits(field)),
        Kind.MONEY: _("Enter an amount such as 10.00 or -20.00"),
        Kind.SUMS: _("Enter amounts such as 10.00, 20.00, with commas between"),
        Kind.NUMBERS: _("Enter rising numbers from %(low)s to %(high)s", **limits(field)),
        Kind.STEPS: _("Enter up to three rising numbers from %(low)s to %(high)s, or never", **limits(field)),
        Kind.DATES: _("Enter days such as 2026-12-25, with commas between"),
    }
    if field.kind is Kind.NUMBER and field.never:
        return str(_("Enter a whole number from %(low)s to %(high)s, or never", **limits(field)))
    if field.kind is Kind.MONEY and field.low > 0:
        return str(_("Enter an amount above zero, such as 10.00"))
    return str(words.get(field.kind) or _("Choose one"))


def limits(field: Field) -> dict[str, int]:
    """
    Return between what a number of the field lies.
    """
    return {"low": field.low, "high": field.high}


def tabs(partner_id: str) -> list[tuple[str, str, str]]:
    """
    Return the tabs of a partner's settings.
    """
    return [
        (group, str(TITLES[group]), f"/admin/billing/settings?partner={partner_id}&group={group}")
        for group in GROUPS
    ]
