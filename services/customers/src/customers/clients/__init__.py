"""The outside world: mail, and the password hash."""
