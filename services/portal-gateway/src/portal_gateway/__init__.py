"""The customer portal and its public API."""
