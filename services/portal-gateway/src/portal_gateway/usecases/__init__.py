"""The verbs of the portal, one per file: they compose what services answer; money is decided elsewhere."""
