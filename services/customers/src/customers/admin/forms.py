"""What every form of ours does: read only the fields it knows, and come back filled in when refused."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from flask import g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from customers import queries
from shared.errors import Conflict, FieldError, Gone, Invalid, NotSignedIn, Refusal
from shared.ui import Form
from shared.ui.formats import said
from shared.web.access import principal
from shared.web.app import database

T = TypeVar("T")


def scope() -> queries.Scope:
    """
    Return the partners the member of staff may see; None is all of them.
    """
    return principal().partner_ids


def one_of_each(*names: str) -> dict[str, str]:
    """
    Return the fields *names* of the posted form, empty where missing.
    """
    return {name: request.form.get(name, "") for name in names}


def refuse_others(*names: str) -> None:
    """
    Refuse a form with fields this page never has, so that nothing can be slipped in.

    :raises Invalid: naming those fields
    """
    extra = sorted(set(request.form) - {*names, "csrf_token"})
    if extra:
        raise Invalid(*(FieldError(f"#/{name}", "unknown_field", gettext("Unknown field")) for name in extra))


def number(text: str, *, otherwise: int = -1) -> int:
    """
    Read a whole number as a person types it; *otherwise* stands for what is none.
    """
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else otherwise


def attempt(work: Callable[[Session], T]) -> tuple[T | None, Refusal | None]:
    """
    Do *work* in one transaction; a refusal a person can act upon is returned, and nothing was changed then.
    """
    try:
        with database().begin() as session:
            return work(session), None
    except (Invalid, Conflict, Gone, NotSignedIn) as refusal:
        return None, refusal


def again(refusal: Refusal | None, values: Mapping[str, Any] | None = None) -> Form:
    """
    Return the form as it was filled in, with what is wrong in the reader's language.
    """
    values = request.form if values is None else values
    if isinstance(refusal, Invalid):
        errors = [replace(error, detail=said(error.detail)) for error in refusal.errors]
        return Form(values=values, errors=errors)
    if refusal is not None:
        refusal.detail = said(refusal.detail)
    return Form(values=values, problem=refusal)


def page(template: str, *, form: Form, **context: Any) -> ResponseReturnValue:
    """
    Show a form: 200 as it stands, 409 or 422 when it came back.
    """
    status = 200
    if form.failed:
        status = 409 if isinstance(form.problem, Conflict) else 422
    return render_template(f"customers/{template}", form=form, **context), status


def read_in_zone_of(session: Session, partner_id: str | None = None) -> None:
    """
    Write the instants of this page in the time zone of the partner, or of the first one the reader may see.
    """
    seen = queries.partners(session, scope())
    fitting = [partner for partner in seen if partner.id == partner_id] or seen
    g.timezone = fitting[0].timezone if fitting else "UTC"
