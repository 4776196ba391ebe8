"""A billing worker: ``python -m tests.load.billing_child <database> <worker>``; ends with its memory."""

import resource
import sys

from billing.usecases.work_billing_run import work_billing_run
from shared.bus.worker import collect_seldom
from shared.db import Database
from tests.load.billing_stage import december


def main() -> None:
    """
    Work until the run has ended, then say how much memory it took at most, in MB.
    """
    url, worker = sys.argv[1:]
    db = Database(url)
    collect_seldom()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with december():
        while work_billing_run(db, worker=worker):
            pass
    sys.stdout.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}\n")


if __name__ == "__main__":
    main()
