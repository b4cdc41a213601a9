"""Pages and the delivery API."""
