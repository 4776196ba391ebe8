"""A customer's ledger (C6): every posting with its document and the balance after it."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from billing.admin.forms import typed_date
from billing.admin.shell import PREFIX, scope
from billing.queries import staff as queries
from billing.queries.bills import today_of
from billing.queries.statement import statement_of
from shared.web.access import staff
from shared.web.app import database
from shared.web.sheets import csv_answer

pages = Blueprint(
    "billing_transactions", __name__, url_prefix=f"{PREFIX}/customers", template_folder="templates"
)


@pages.get("/<customer_id>/transactions")
@staff("payments.view")
def transactions(customer_id: str) -> ResponseReturnValue:
    """
    Show the ledger of a customer, or give it as a file.
    """
    with database().read() as session:
        customer = queries.one_customer(session, customer_id, scope=scope())
        account = queries.account_of(session, customer_id)
        to_on = typed_date(request.args.get("to", "")) or today_of(session, customer_id)
        from_on = min(typed_date(request.args.get("from", "")) or to_on.replace(month=1, day=1), to_on)
        currency = account.currency if account else "EUR"
        found = statement_of(
            session, customer_id=customer_id, from_on=from_on, to_on=to_on, currency=currency
        )
        if request.args.get("as") == "csv":
            rows = [
                (row.on, row.kind, row.label, row.amount.amount, row.balance.amount) for row in found.rows
            ]
            return csv_answer("transactions.csv", ["day", "what", "document", "amount", "balance"], rows)
        return render_template(
            "billing/transactions.html", customer=customer, account=account, statement=found
        )
