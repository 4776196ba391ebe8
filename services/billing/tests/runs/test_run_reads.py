"""What a billing run reads: its own rows, so that a batch takes as long in a large town as in a small one."""

from typing import Any

import pytest
from sqlalchemy import event

from billing.domain.run import Mode
from billing.usecases.work_billing_run import work_billing_run

# Found by whose it is, by its id or its run: never by a state that a whole town may share.
OWN = ("customer_id=?", "(id=?", "subscription_id=?", "run_id=? AND state=?)", "partner_id=? AND series=?")
DUE = "ix_plan_changes_due"  # the few changes of plan that are to be made right now
SMALL = ("billing_runs", "partners", "partner_settings", "json_each")


@pytest.mark.parametrize("mode", [Mode.ISSUE, Mode.PREVIEW])
def test_no_statement_of_a_batch_reads_more_than_its_own_rows(town: Any, mode: Mode) -> None:
    if not town.db.is_sqlite:
        pytest.skip("PostgreSQL plans by what the tables hold")
    town.start(mode)
    work_billing_run(town.db, worker="test", batch=3)
    asked: list[tuple[str, Any]] = []

    def note(*called: Any) -> None:
        asked.append((called[2], called[3]))

    event.listen(town.db.engine, "before_cursor_execute", note)
    work_billing_run(town.db, worker="test", batch=3)
    event.remove(town.db.engine, "before_cursor_execute", note)

    steps = [step for sql, values in asked for step in _plan(town.db, sql, values)]
    assert len(steps) > 10
    assert [step for step in steps if not _of_few(step)] == []


def _plan(db: Any, sql: str, values: Any) -> list[str]:
    if sql.startswith("INSERT"):
        return []
    with db.engine.connect() as connection:
        first = values[0] if isinstance(values, list) else values
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", first).all()
    return [row[3] for row in rows if row[3].startswith(("SCAN", "SEARCH"))]


def _of_few(step: str) -> bool:
    return step.split()[1] in SMALL or any(found in step for found in (*OWN, DUE))
