"""What billing can do: one verb per file; this listing is the feature list."""
