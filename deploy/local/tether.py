"""
``python -I -S tether.py PARENT USER NICENESS COMMAND ...``: become COMMAND, as USER if named.

It dies with PARENT.

A program of its own because it must run between fork and exec, where a process with threads may run nothing.
Changing the account clears what the kernel was told, so that comes first.
"""

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, user: str, niceness: int, command: list[str]) -> None:
    """
    Never return.
    """
    os.nice(niceness)
    if user:
        account = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before the kernel was told
        sys.exit(1)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"{command[0]}: {error}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:])
