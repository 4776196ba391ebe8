"""Why a line costs what it costs, in the reader's language, from the parts billing computed it from."""

from collections.abc import Iterable
from typing import Any

from flask import Flask
from flask_babel import gettext as _
from flask_babel import ngettext

from shared.ui.formats import day, money

FEE = ": activation fee"


def init_app(app: Flask) -> None:
    """
    Give the templates these words.
    """
    app.jinja_env.globals.update(explained=explained)


def explained(lines: Iterable[Any]) -> list[dict[str, Any]]:
    """
    Return *lines* with label and explanation as their reader should see them.
    """
    return [{**line, "label": _label(line), "explanation": _why(line)} for line in lines or ()]


def _label(line: Any) -> str:
    label = str(line["label"])
    if line.get("code") == "activation_fee" and label.endswith(FEE):
        return str(_("%(name)s: activation fee", name=label.removesuffix(FEE)))
    return label


def _why(line: Any) -> str:
    basis = line.get("basis")
    if not basis:
        return str(line.get("explanation") or "")
    price = money(basis["price"])
    if basis["quantity"] != 1:
        price = f"{basis['quantity']} × {price}"
    if basis["code"] == "at_activation":
        return str(_("%(price)s once, at activation", price=price))
    if basis["code"] == "once":
        return str(_("%(price)s once", price=price))
    span = _(
        "%(first)s to %(last)s", first=day(basis["first_on"], "short"), last=day(basis["last_on"], "short")
    )
    if basis["code"] == "whole_period":
        return str(_("%(price)s for %(span)s", price=price, span=span))
    return str(
        _(
            "%(price)s / %(whole)s × %(part)s (%(span)s)",
            price=price,
            whole=_days(basis["nominal_days"]),
            part=_days(basis["days"]),
            span=span,
        )
    )


def _days(count: int) -> str:
    return str(ngettext("%(num)d day", "%(num)d days", count))
