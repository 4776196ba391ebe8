"""The outside world behind protocols, each with its fake beside it."""
