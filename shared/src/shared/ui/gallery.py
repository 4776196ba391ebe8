"""
Every component in its states, on one page, for people and for the tests. Only in the sandbox.
"""

from flask import Blueprint, render_template, request

from shared.errors import FieldError, Refusal
from shared.money import Money
from shared.ui.forms import Form
from shared.ui.toasts import toast

gallery = Blueprint("gallery", __name__)

ERRORS = (
    FieldError("#/email", "format", "Enter an email address, such as name@example.net"),
    FieldError("#/plan", "required", "Choose a plan"),
)


def eur(amount: str) -> Money:
    """
    Return *amount* in euro.
    """
    return Money.parse(amount, "EUR")


FORMS = {
    "empty": Form(prefix="e-"),
    "filled": Form(
        {"email": "robert@example.net", "plan": "b", "when": "next", "count": 2, "agree": True}, prefix="v-"
    ),
    "broken": Form(
        {"email": "robert@"}, ERRORS, prefix="x-", problem=Refusal("Nothing was charged twice. Try again.")
    ),
}

LINES = (
    ("Refund for unused Fibre 100", "€30.00 ÷ 30 days × 11 days left (20 to 30 November)", "-11.00"),
    ("Fibre 500 until the end of November", "€45.00 ÷ 30 days × 11 days", "16.50"),
    ("Price of change", "one-time fee for moving to a more expensive plan", "2.00"),
)


@gallery.get("/ui")
def index() -> str:
    """
    Show the components inside the shell named by ``?shell=``.
    """
    if request.args.get("toast"):
        toast("Status change scheduled for 1 December", undo="/ui/theme")
    return render_template(
        "ui/gallery.html",
        shell_template="ui/portal.html" if request.args.get("shell") == "portal" else "ui/admin.html",
        lines=[{"label": label, "explanation": how, "amount": eur(sum_)} for label, how, sum_ in LINES],
        eur=eur,
        **FORMS,
    )
