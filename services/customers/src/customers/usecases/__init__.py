"""What can be done with customers, staff and messages: one verb per file."""
