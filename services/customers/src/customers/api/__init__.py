"""What the gateway asks of customers."""
