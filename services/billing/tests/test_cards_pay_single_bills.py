"""Bills made one at a time are charged to the saved card like those of runs, and never twice."""

from typing import Any

from billing.clients.fake_provider import Knob
from billing.clients.provider import OutcomeStatus
from billing.models import Invoice, PartnerSettings
from billing.usecases.credit_and_reissue import credit_and_reissue
from services.billing.tests.test_bill_payments import bill, books, open_of
from shared import clock
from shared.money import Money

PARTNER = "par_00000000000000000000000001"


def test_the_first_bill_of_a_request_and_a_bill_made_again_are_charged_to_the_card_where_that_is_set(
    shop: Any,
) -> None:
    shop.card()
    with shop.db.begin() as session:
        session.merge(PartnerSettings(partner_id=PARTNER, version=1, own={"charge_card": True}))
    first = bill(shop)
    again = reissue(shop, first)  # before anybody asked for the first payment
    shop.work()
    assert open_of(shop, first, again) == [0, 0]

    shop.provider.knob = Knob.PEND
    second = bill(shop)
    shop.work()
    reissued = reissue(shop, second)  # the money for the second one is on its way
    shop.work()
    for reference in list(shop.provider.payments)[1:]:
        shop.provider.finish(reference, OutcomeStatus.SUCCEEDED)
    shop.later()

    assert open_of(shop, second, reissued) == [0, 0]
    assert (shop.provider.taken(), books(shop)) == ([Money(6000, "EUR")] * 2, (0, 0))


def reissue(shop: Any, invoice_id: str) -> str:
    with shop.db.begin() as session:
        lines = [line.id for line in session.get_one(Invoice, invoice_id).lines]
        _, again = credit_and_reissue(
            session,
            invoice_id=invoice_id,
            note_id=f"cn_{invoice_id[4:]}",
            line_ids=lines,
            reason="A new address",
            partner_ids=None,
            now=clock.now(),
        )
        assert again is not None
        return str(again.id)
