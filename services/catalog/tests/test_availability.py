"""Who may order a plan, layer by layer."""

from dataclasses import replace

import pytest

from catalog.domain.availability import Audience, Customer, Layer, Obstacle, obstacles
from catalog.domain.plan import Content
from shared.money import Money

FREE = Content(
    name="Fibre 100", price=Money(3000, "EUR"), activation_fee=Money(0, "EUR"), shown_on_portal=True
)
ROBERT = Customer(
    partner_id="par_1",
    category="individual",
    billing_type="recurring",
    location_id="loc_harbour",
    label_ids=("lab_fibre", "lab_vip"),
)


def layers(plan: Content, customer: Customer = ROBERT, audience: Audience = Audience.PORTAL) -> list[Layer]:
    return [obstacle.layer for obstacle in obstacles(plan, customer, audience=audience)]


def test_a_plan_without_limits_is_for_everybody() -> None:
    assert layers(FREE) == []


@pytest.mark.parametrize(
    ("limit", "layer"),
    [
        ({"billing_types": ("prepaid",)}, Layer.BILLING_TYPE),
        ({"partner_ids": ("par_2",)}, Layer.PARTNER),
        ({"location_ids": ("loc_hill",)}, Layer.LOCATION),
        ({"categories": ("business",)}, Layer.CATEGORY),
        ({"label_ids": ("lab_other",)}, Layer.LABELS),
        ({"enabled": False}, Layer.ENABLED),
        ({"shown_on_portal": False}, Layer.PORTAL),
    ],
    ids=lambda value: value.value if isinstance(value, Layer) else "",
)
def test_each_layer_alone_stands_in_the_way(limit: dict[str, object], layer: Layer) -> None:
    assert layers(replace(FREE, **limit)) == [layer]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "limit",
    [
        {"billing_types": ("prepaid", "recurring")},
        {"partner_ids": ("par_1",)},
        {"location_ids": ("loc_hill", "loc_harbour")},
        {"categories": ("individual",)},
    ],
    ids=["billing type", "partner", "location", "category"],
)
def test_a_limit_that_names_the_customer_lets_them_through(limit: dict[str, tuple[str, ...]]) -> None:
    assert layers(replace(FREE, **limit)) == []  # type: ignore[arg-type]


def test_one_label_of_many_is_enough() -> None:
    assert layers(replace(FREE, label_ids=("lab_vip", "lab_unknown"))) == []


def test_a_customer_without_a_location_cannot_have_a_plan_limited_to_locations() -> None:
    nowhere = replace(ROBERT, location_id=None)

    assert layers(replace(FREE, location_ids=("loc_harbour",)), nowhere) == [Layer.LOCATION]


def test_every_reason_is_named_with_what_is_wanted_and_what_is_there() -> None:
    plan = replace(FREE, partner_ids=("par_2",), categories=("business",))

    assert obstacles(plan, ROBERT, retired=True) == [
        Obstacle(layer=Layer.RETIRED),
        Obstacle(layer=Layer.PARTNER, allowed=("par_2",), has=("par_1",)),
        Obstacle(layer=Layer.CATEGORY, allowed=("business",), has=("individual",)),
    ]


def test_staff_are_bound_by_limits_only_when_the_plan_is_hidden_from_them() -> None:
    limited = replace(FREE, shown_on_portal=False, categories=("business",))

    assert layers(limited, audience=Audience.ADMIN) == []
    assert layers(replace(limited, hidden_on_admin=True), audience=Audience.ADMIN) == [Layer.CATEGORY]


def test_nobody_can_have_a_disabled_plan_not_even_from_staff() -> None:
    assert layers(replace(FREE, enabled=False), audience=Audience.ADMIN) == [Layer.ENABLED]
