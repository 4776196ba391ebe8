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
}


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


def test_a_refusal_says_for_certain_that_nothing_happened() -> None:
    with pytest.raises(ProviderRefused) as refused:
        answering('{"code": "not_found"}', 404).charge(CHARGE)

    assert refused.value.code == "not_found"
