"""Pages of competitions and of the applications for them."""
