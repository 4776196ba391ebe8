"""What the provider answers is believed only where it can be read; all else leaves the outcome unknown."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from billing.clients.provider import Charge, HostedPage, ProviderRefused, ProviderUnknown
from billing.clients.sandbox_provider import SandboxProvider
from shared.money import Money
from shared.testing import calling

EUR = Money(1833, "EUR")
COMMON = {
    "reference": "pay_1",
    "amount": EUR,
    "customer_ref": "cus_1",
    "return_url": "http://shop/",
    "key": "k",
}
CHARGE = Charge(method_token="card_1", **COMMON)
PAGE = HostedPage(save_card=False, **COMMON)

CALLS: dict[str, Callable[[SandboxProvider], Any]] = {
    "charge": lambda provider: provider.charge(CHARGE),
    "find": lambda provider: provider.find("pay_1"),
    "page": lambda provider: provider.hosted_page(PAGE),
    "refund": lambda provider: provider.refund("pay_1", amount=EUR, key="r1"),
    "setup": lambda provider: provider.setup_page(customer_ref="cus_1", return_url="http://shop/"),
    "cards": lambda provider: provider.methods("cus_1"),
}
PAID = {
    "id": "ext_1",
    "reference": "pay_1",
    "status": "succeeded",
    "amount": 1833,
    "currency": "EUR",
    "refunded": 0,
    "url": None,
    "failure_code": None,
    "card": {"brand": "Visa", "last4": "4242"},
}
CARD = {"id": "card_1", "brand": "Visa", "last4": "4242", "exp_month": 12, "exp_year": 2040}


def answering(body: Any, status: int) -> SandboxProvider:
    app = Flask("provider")
    app.add_url_rule("/<path:_any>", view_func=lambda _any: (body, status), methods=["GET", "POST"])
    provider = SandboxProvider("http://provider", api_key="k")
    provider._http = calling(provider=app)
    return provider


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(
    ("body", "status"),
    [("<html>hello</html>", 200), ("[1]", 200), ("{}", 200), ("{}", 408), ("{}", 429), ("{}", 500)],
    ids=["a page", "a list", "nothing", "408", "429", "500"],
)
def test_what_cannot_be_read_is_unknown_and_never_failed(
    call: Callable[[SandboxProvider], Any], body: str, status: int
) -> None:
    with pytest.raises(ProviderUnknown):
        call(answering(body, status))


def test_a_whole_answer_is_believed() -> None:
    outcome = answering(PAID, 200).find("pay_1")

    assert outcome is not None
    assert (outcome.status, outcome.amount, outcome.method_label) == ("succeeded", EUR, "Visa ending 4242")


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 18.33},
        {"amount": "1833"},
        {"amount": True},
        {"amount": None},
        {"currency": None},
        {"refunded": None},
        {"status": "perhaps"},
        {"status": None},
        {"reference": 7},
        {"id": None},
        {"card": "4242"},
    ],
    ids=str,
)
def test_an_amount_or_result_that_is_none_is_unknown(wrong: dict[str, Any]) -> None:
    with pytest.raises(ProviderUnknown):
        answering(PAID | wrong, 200).find("pay_1")


@pytest.mark.parametrize(
    "items",
    [None, 7, "cards", ["card_1"], [{}], [CARD | {"exp_month": "12"}], [CARD, CARD | {"id": None}]],
    ids=str,
)
def test_a_list_of_cards_that_cannot_be_read_is_unknown(items: Any) -> None:
    with pytest.raises(ProviderUnknown):
        answering({"items": items}, 200).methods("cus_1")


def test_a_list_of_cards_is_read() -> None:
    assert [card.last4 for card in answering({"items": [CARD]}, 200).methods("cus_1")] == ["4242"]


@pytest.mark.parametrize("url", [None, "", 7, ["http://bank/"]], ids=str)
def test_a_page_without_an_address_is_unknown(url: Any) -> None:
    provider = answering({"url": url}, 200)

    with pytest.raises(ProviderUnknown):
        provider.setup_page(customer_ref="cus_1", return_url="http://shop/")


def test_a_refusal_says_for_certain_that_nothing_happened() -> None:
    with pytest.raises(ProviderRefused) as refused:
        answering('{"code": "not_found"}', 404).charge(CHARGE)

    assert refused.value.code == "not_found"
