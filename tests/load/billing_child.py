"""A billing worker: ``python -m tests.load.billing_child <database> <worker>``; ends with what it took."""

import resource
import sys
import time

from billing.usecases.work_billing_run import work_billing_run
from shared.bus.worker import collect_seldom
from shared.db import Database
from tests.load.billing_stage import december


def main() -> None:
    """
    Work until the run has ended, then say how many MB it took at most, and how many seconds it computed.
    """
    url, worker = sys.argv[1:]
    db = Database(url)
    collect_seldom()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    began = time.process_time()
    with december():
        while work_billing_run(db, worker=worker):
            pass
    memory, computed = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000, time.process_time() - began
    sys.stdout.write(f"{memory} {computed}\n")


if __name__ == "__main__":
    main()
