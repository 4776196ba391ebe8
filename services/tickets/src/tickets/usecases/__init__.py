"""What tickets can do: one verb per file."""
