"""Orders, subscriptions, money and the ledger."""
