"""The staff of an installation, who does not give up either: through the door where that is to be broken."""

import secrets
import time
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta

import requests
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from billing.domain.change import ItemStatus
from billing.domain.many import Act
from billing.models import Account, BulkActItem, BulkChangeItem, Customer, RunItem
from billing.queries.bulk_acts import act_totals
from billing.queries.document_lists import Wanted
from billing.usecases.book_pause import Rest, book_pause
from billing.usecases.confirm_bulk_act import confirm_bulk_act
from billing.usecases.confirm_bulk_change import confirm_bulk_change
from billing.usecases.record_payment import Receipt, Way, record_payment
from billing.usecases.start_bulk_act import ActWish, start_bulk_act
from billing.usecases.start_bulk_change import BulkWish, start_bulk_change
from customers.clients.hashing import hash_password
from customers.usecases.register_customer import register_customer
from customers.usecases.seed_demo import PASSWORD, ROBERT
from customers.usecases.set_password import keep_hash
from deploy.local.installation import Installation
from shared import clock
from shared.context import use
from shared.db import Database
from shared.ids import new_id
from shared.money import Money
from shared.web.staff import mint_staff_token
from shared.web.tokens import STAFF_DESK, Signer
from tests.chaos.subscriber import PATIENCE, GaveUp

STAFF = "stf_00000000000000000000000001"
DECIDED = (303, 409)  # now, or by the first of two tries


class Desk:
    """
    A member of staff with every permission.
    """

    def __init__(self, installation: Installation) -> None:
        self._url = installation.urls["billing"]
        self._signer = Signer.load(installation.root / "keys", STAFF_DESK)
        self._customers = Database(installation.database_urls["customers"])
        self._billing = Database(installation.database_urls["billing"])

    def register(self) -> str:
        """
        Register a customer with the demonstration's password, and return the login.
        """
        login = f"newcomer-{secrets.token_hex(4)}"
        details = replace(ROBERT, login=login, emails=(f"{login}@example.net",))
        with self._customers.begin() as session:
            customer = register_customer(session, details=details, scope=None)
            keep_hash(session, customer_id=customer.id, password_hash=hash_password(PASSWORD))
        return login

    def decide(self, order_id: str, verdict: str, **form: str) -> None:
        """
        Send the form that approves or rejects an order until it is answered; sent twice it is refused.

        :raises GaveUp: after half a minute
        """
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                answer = requests.post(
                    f"{self._url}/admin/billing/orders/{order_id}/{verdict}",
                    data=form,
                    headers={"Authorization": f"Bearer {self._token()}"},
                    allow_redirects=False,
                    timeout=10,
                )
            except requests.RequestException:
                time.sleep(0.2)
                continue
            if answer.status_code in DECIDED:
                return
            time.sleep(0.2)
        raise GaveUp(f"order {order_id} could not be decided: {verdict}")

    def give_credit(self, login: str, minor: int, *, now: datetime) -> None:
        """
        Take in cash that stays on the customer's balance.
        """
        with use(actor=f"staff:{STAFF}"), self._billing.begin() as session:
            customer = session.scalars(select(Customer).where(Customer.login == login)).one()
            account = session.get_one(Account, customer.id)
            receipt = Receipt(
                way=Way.CASH,
                amount=Money(minor, account.currency),
                received_on=clock.local_date(now, account.timezone),
                method_label="Cash",
            )
            record_payment(
                session,
                payment_id=new_id("pay"),
                customer_id=customer.id,
                receipt=receipt,
                partner_ids=None,
                now=now,
            )

    def draft_bulk_change(self, old: str, new: str, *, on: date, now: datetime) -> str:
        """
        Draft a change of everybody on the plan *old* to *new*, and return its id.
        """
        wish = BulkWish(from_plan_id=old, to_plan_id=new, effective_on=on, ignore_balance=True)
        with use(actor=f"staff:{STAFF}"), self._billing.begin() as session:
            return start_bulk_change(session, wish, partner_ids=None, now=now).id

    def is_priced(self, bulk_id: str) -> bool:
        """
        Tell whether every row of a draft has its price.
        """
        with self._billing.read() as session:
            unpriced = BulkChangeItem.status == ItemStatus.UNPRICED
            found = select(BulkChangeItem.bulk_id).where(BulkChangeItem.bulk_id == bulk_id, unpriced)
            return session.scalars(found.limit(1)).first() is None

    def confirm_bulk_change(self, bulk_id: str, *, now: datetime) -> None:
        """
        Confirm what was drafted.
        """
        waiting = (BulkChangeItem.bulk_id == bulk_id) & (BulkChangeItem.status == ItemStatus.WAITING)
        with use(actor=f"staff:{STAFF}"), self._billing.begin() as session:
            count = len(session.scalars(select(BulkChangeItem.subscription_id).where(waiting)).all())
            confirm_bulk_change(session, bulk_id=bulk_id, count=count, scope=None, now=now)

    def draft_approvals(self, orders: list[str], *, now: datetime) -> str:
        """
        Draft the approval of many orders at once, and return its id.
        """
        wish = ActWish(id=new_id("bla"), act=Act.APPROVE, wanted=Wanted(), chosen=orders)
        with use(actor=f"staff:{STAFF}"), self._billing.begin() as session:
            return start_bulk_act(session, wish, scope=None, now=now).id

    def confirm_approvals(self, bulk_id: str, *, now: datetime) -> None:
        """
        Confirm what was drafted, once every row was looked at.
        """
        with use(actor=f"staff:{STAFF}"), self._billing.begin() as session:
            mark = act_totals(session, bulk_id).mark
            confirm_bulk_act(session, bulk_id=bulk_id, mark=mark, scope=None, now=now)

    def is_looked_at(self, bulk_id: str) -> bool:
        """
        Tell whether every row of what was drafted for many has been looked at.
        """
        with self._billing.read() as session:
            return act_totals(session, bulk_id).count("unpriced") == 0

    def book_pause(self, service_id: str, *, first: date, last: date, now: datetime) -> str:
        """
        Let a service rest from the first day to the last, and return the pause's id.
        """
        wanted = Rest(from_on=first, last_on=last)
        with use(actor=f"staff:{STAFF}"), self._billing.begin() as session:
            return book_pause(
                session, subscription_id=service_id, wanted=wanted, partner_ids=None, now=now
            ).id

    def pass_leases(self) -> None:
        """
        End what the dead have claimed of a run or a change of many, as half a minute or a minute does.
        """
        now = clock.real_now()
        for record in (RunItem, BulkChangeItem, BulkActItem):
            with (
                suppress(OperationalError),
                self._billing.begin(durable=False) as session,
            ):  # in work: not dead
                session.execute(
                    update(record)
                    .where(record.lease_until > now)
                    .values(lease_until=now - timedelta(seconds=1))
                    .execution_options(synchronize_session=False)
                )

    def close(self) -> None:
        """
        Let go of the databases.
        """
        self._customers.close()
        self._billing.close()

    def _token(self) -> str:
        return mint_staff_token(
            self._signer,
            "billing",
            staff_id=STAFF,
            session_id="ses_00000000000000000000000001",
            csrf_secret="none",
            name="Ada Admin",
            roles=["administrator"],
            permissions=["orders.view", "orders.approve"],
        )
