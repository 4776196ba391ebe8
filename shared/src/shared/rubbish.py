"""How often a process looks for objects that only hold each other: Python by itself does all too often."""

import gc

UNCOLLECTED = 20_000  # objects made before Python looks for cycles: as many as a batch of work makes


def collect_seldom() -> None:
    """
    Let Python look for cycles of objects once a batch, and never again through all that was imported.

    Looking for them took a fifth of the time of a billing run, which makes none.
    """
    gc.freeze()
    gc.set_threshold(UNCOLLECTED)
