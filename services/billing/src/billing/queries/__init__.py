"""What can be read: each function returns rows or totals and changes nothing."""
