"""What may happen to a ticket: pure rules."""
