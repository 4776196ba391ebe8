"""What PostgreSQL is spared: transactions for reading, waiting for the disk, asking whether it is there."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.db import Database

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def server(db: Database) -> None:
    """
    Go on only where TEST_DATABASE_URL names a server.
    """
    if db.is_sqlite:
        pytest.skip("TEST_DATABASE_URL names no PostgreSQL server")


def says(session: Session, question: str) -> object:
    return session.scalar(text(question))


def test_reading_opens_no_transaction_and_writing_does(db: Database) -> None:
    began = "SELECT now() = statement_timestamp()"  # true for the first statement of a transaction only

    with db.read() as session:
        reading = [says(session, began) for _ in range(2)]
    with db.begin() as session:
        writing = [says(session, began) for _ in range(2)]

    assert (reading, writing) == ([True, True], [False, False])


def test_a_connection_the_server_closed_is_replaced(db: Database) -> None:
    # It waits until the server has really closed them; without that, one may still take our question and die.
    others = "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
    with db.read() as session:
        session.scalar(text("SELECT 1"))  # one connection rests in the pool
    killer = Database(db.url)

    with killer.read() as session:
        killed = says(session, f"{others} WHERE datname = current_database() AND pid <> pg_backend_pid()")
    killer.close()
    with db.begin() as session:
        answer = says(session, "SELECT 1")

    assert (killed, answer) == (1, 1)


def test_only_who_says_so_does_not_wait_for_the_disk(db: Database) -> None:
    def waits(*, durable: bool) -> object:
        with db.begin(durable=durable) as session:
            return says(session, "SHOW synchronous_commit")

    with db.begin() as session:  # whatever the server under test is set to
        name = says(session, "SELECT current_database()")
        session.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit TO on'))
    db.close()

    assert [waits(durable=durable) for durable in (True, False, True)] == ["on", "off", "on"]
