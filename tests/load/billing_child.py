"""A billing worker: ``python -m tests.load.billing_child <database> <worker>``; ends with what it took."""

import sys
import time
from pathlib import Path

from billing.usecases.work_billing_run import work_billing_run
from shared.db import Database
from shared.rubbish import collect_seldom
from tests.load.billing_stage import december

STATUS = Path("/proc/self/status")


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
    sys.stdout.write(f"{_most_memory()} {time.process_time() - began}\n")


def _most_memory() -> float:
    # Not ru_maxrss: that of a new process begins with what its parent held.
    (line,) = [line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1000


if __name__ == "__main__":
    main()
