"""What staff does to many bills, payments or orders at once, and why one of them may be left out."""

from enum import StrEnum

from shared.errors import Conflict
from shared.texts import Text


class Act(StrEnum):
    """
    Send mails bills again, charge takes what is open on them from saved cards, retry tries payments again;
    approve confirms orders, each with the start its own form suggests; print makes PDFs of bills.
    """

    SEND = "send"
    CHARGE = "charge"
    RETRY = "retry"
    APPROVE = "approve"
    PRINT = "print"


MOST_PRINTED = 5_000


class NoAddress(Conflict, code="no_address", title="There is no address"):
    """
    No mail about bills reaches the customer.
    """


class NoCard(Conflict, code="no_card", title="There is no card"):
    """
    The customer has no saved card that works.
    """


class CardNotAutomatic(Conflict, code="card_not_automatic", title="The card is not charged automatically"):
    """
    The customer has a card, but bills are not charged to it unasked.
    """


class AmountMoved(Conflict, code="amount_changed", title="The amount has changed"):
    """
    What would be charged now, *amount_minor*, is not what was looked at.
    """

    def __init__(self, amount_minor: int) -> None:
        super().__init__(Text("The amount has changed since. Look at it, then try again."))
        self.amount_minor = amount_minor
