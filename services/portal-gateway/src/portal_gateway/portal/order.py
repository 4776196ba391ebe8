"""Order new products (P10-P12): cards in groups, details, and the basket beside them."""

from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal_gateway.clients.billing import Quote
from portal_gateway.clients.catalog import Product
from portal_gateway.domain.basket import Contents
from portal_gateway.portal.caller import basket, caller, portal_settings, signed_in, told, upstreams
from portal_gateway.usecases.add_to_basket import add_to_basket
from portal_gateway.usecases.change_basket_item import change_basket_item
from portal_gateway.usecases.check_ordering import FeatureDisabled, check_ordering
from portal_gateway.usecases.find_sent_order import find_sent_order
from portal_gateway.usecases.list_products import find_product, list_products
from portal_gateway.usecases.quote_basket import quote_basket
from portal_gateway.usecases.remove_from_basket import remove_from_basket
from shared import clock, ui
from shared.errors import Refusal
from shared.ui.formats import money
from shared.web.guard import principal
from shared.web.wiring import database

blueprint = Blueprint("portal_order", __name__, url_prefix="/portal")

MOST = 1000


@blueprint.get("/order")
@signed_in
def order_page() -> ResponseReturnValue:
    """
    Show what this customer may order, and the basket.
    """
    return _products(request.args.get("kind", "all"))


@blueprint.get("/order/<plan_id>")
@signed_in
def product_page(plan_id: str) -> ResponseReturnValue:
    """
    Show one product.
    """
    product = find_product(database(), upstreams(), caller(), plan_id=plan_id)
    return render_template(
        "portal/product.html", product=product, held=_held(basket()).get(plan_id), kinds=kinds()
    )


@blueprint.get("/basket")
@signed_in
def basket_page() -> ResponseReturnValue:
    """
    Show the basket, with what is due now.
    """
    check_ordering(database(), principal().partner_id)
    return _basket(ui.Form({}))


@blueprint.post("/basket/items")
@signed_in
def add() -> ResponseReturnValue:
    """
    Put a product in the basket, or set how many of it: pressing twice is pressing once.
    """
    plan_id, quantity = request.form.get("plan_id", ""), _quantity()
    held = _held(basket()).get(plan_id)
    try:
        contents = _change(held.id, quantity) if held else _add(plan_id, quantity)
    except FeatureDisabled:
        raise
    except Refusal as refusal:
        return _not_added(refusal)
    name = next((item.name for item in contents.items if item.plan_id == plan_id), "")
    said = ngettext("%(num)d item", "%(num)d items", contents.count)
    ui.toast(_("%(name)s added, %(items)s, %(sum)s", name=name, items=said, sum=money(contents.total)))
    return redirect(_back(), 303)


@blueprint.post("/basket/items/<item_id>")
@signed_in
def change(item_id: str) -> ResponseReturnValue:
    """
    Set how many, which also accepts a price that moved.
    """
    try:
        _change(item_id, _quantity())
    except FeatureDisabled:
        raise
    except Refusal as refusal:
        return _basket(ui.Form(request.form, problem=_as_problem(refusal)), 422)
    return redirect(_back("/portal/basket"), 303)


@blueprint.post("/basket/items/<item_id>/removals")
@signed_in
def remove(item_id: str) -> ResponseReturnValue:
    """
    Take a product out.
    """
    held = next((item for item in basket().items if item.id == item_id), None)
    if held:
        try:
            find_sent_order(database(), upstreams(), caller(), now=clock.real_now())
        except Refusal as refusal:
            return _basket(ui.Form(request.form, problem=refusal), 409)
        with database().begin() as session:
            remove_from_basket(session, caller(), item_id=item_id, expected=None, now=clock.real_now())
        undo = f"/portal/basket/restorations/{held.plan_id}/{held.quantity}"
        ui.toast(_("Removed from your basket."), undo=undo)
    return redirect(_back("/portal/basket"), 303)


@blueprint.post("/basket/restorations/<plan_id>/<int:quantity>")
@signed_in
def restore(plan_id: str, quantity: int) -> ResponseReturnValue:
    """
    Put back what was just taken out.
    """
    if plan_id not in _held(basket()):
        try:
            _add(plan_id, quantity)
        except FeatureDisabled:
            raise
        except Refusal as refusal:
            return _basket(ui.Form({}, problem=_as_problem(refusal)), 422)
    return redirect("/portal/basket", 303)


def kinds() -> dict[str, tuple[str, str, str]]:
    """
    Return the groups of products in the order of the page: heading, icon, and what one is called.
    """
    return {
        "bundle": (_("Bundles"), "gift", _("Bundle")),
        "internet": (_("Internet"), "wifi", _("Internet")),
        "voice": (_("Voice"), "phone", _("Voice")),
        "recurring": (_("Recurring"), "refresh-cw", _("Recurring")),
        "one_time": (_("One-time"), "package", _("One-time")),
    }


def quoted(contents: Contents) -> tuple[Quote | None, Refusal | None]:
    """
    Return the quote of the basket, or why there is none.
    """
    if not contents.items:
        return None, None
    try:
        return quote_basket(database(), upstreams(), caller(), now=clock.now()), None
    except FeatureDisabled:
        raise
    except Refusal as refusal:
        return None, refusal


def _products(kind: str) -> ResponseReturnValue:
    products = told(lambda: list_products(database(), upstreams(), caller()))
    quote, problem = quoted(basket())
    contents = basket()  # asked again: what was ordered unnoticed has left it
    return render_template(
        "portal/order.html",
        groups=_groups(products or [], kind),
        chips=_chips(products or []),
        known=products is not None,
        kind=kind,
        contents=contents,
        held=_held(contents),
        quote=quote,
        problem=problem,
        address=_address(),
        pays=portal_settings().accept_payment,
    )


def _basket(form: ui.Form, status: int = 200) -> ResponseReturnValue:
    quote, problem = quoted(basket())
    contents = basket()  # asked again: what was ordered unnoticed has left it
    products = told(lambda: list_products(database(), upstreams(), caller())) if contents.items else []
    return (
        render_template(
            "portal/basket.html",
            contents=contents,
            quote=quote,
            problem=problem,
            offered={product["id"]: product for product in products or ()},
            known=products is not None,
            form=form,
            pays=portal_settings().accept_payment,
        ),
        status,
    )


def _groups(products: list[Product], kind: str) -> list[dict[str, Any]]:
    return [
        {"kind": key, "title": title, "icon": icon, "items": found}
        for key, (title, icon, _word) in kinds().items()
        if kind in ("all", key) and (found := [each for each in products if each["kind"] == key])
    ]


def _chips(products: list[Product]) -> list[tuple[str, str, str, int]]:
    counted = [
        (key, title, f"/portal/order?kind={key}", sum(each["kind"] == key for each in products))
        for key, (title, _icon, _word) in kinds().items()
    ]
    return [("all", _("All"), "/portal/order", len(products)), *(each for each in counted if each[3])]


def _held(contents: Contents) -> dict[str, Any]:
    return {item.plan_id: item for item in contents.items}


def _address() -> str:
    person = told(lambda: upstreams().customers.person(caller()))
    if person is None:
        return ""
    return ", ".join(part for part in (person["street"], person["city"]) if part)


def _not_added(refusal: Refusal) -> ResponseReturnValue:
    problem = _as_problem(refusal)
    if not ui.is_fragment():
        return _basket(ui.Form(request.form, problem=problem), 422)
    # The card cannot say it: the basket does, with what can be done about it.
    ui.toast(_(problem.detail), tone="bad")
    return "", {"HX-Redirect": "/portal/basket"}


def _add(plan_id: str, quantity: int) -> Contents:
    return add_to_basket(
        database(),
        upstreams(),
        caller(),
        plan_id=plan_id,
        quantity=quantity,
        expected=None,
        now=clock.real_now(),
    )


def _change(item_id: str, quantity: int) -> Contents:
    return change_basket_item(
        database(),
        upstreams(),
        caller(),
        item_id=item_id,
        quantity=quantity,
        expected=None,
        now=clock.real_now(),
    )


def _quantity() -> int:
    given = request.form.get("quantity", "1").strip()
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 5 else 0


def _back(default: str = "/portal/order") -> str:
    asked = request.form.get("back", "")
    return asked if asked in ("/portal/order", "/portal/basket", "/portal/checkout") else default


def _as_problem(refusal: Refusal) -> Refusal:
    errors = getattr(refusal, "errors", [])
    return Refusal(errors[0].detail) if errors else refusal
