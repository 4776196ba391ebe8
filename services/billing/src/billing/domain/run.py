"""The states of a billing run and of its items."""

from enum import StrEnum


class Mode(StrEnum):
    """
    A preview computes and writes no document; an issue bills.
    """

    PREVIEW = "preview"
    ISSUE = "issue"


class RunState(StrEnum):
    """
    Filling finds who is due; stopped was halted by a person and may go on.
    """

    FILLING = "filling"
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"


class ItemState(StrEnum):
    """
    Skipped had nothing to bill; failed can be tried again without the rest.
    """

    WAITING = "waiting"
    CLAIMED = "claimed"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


OPEN = (RunState.FILLING, RunState.RUNNING)
