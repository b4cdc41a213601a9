"""What the results decide (¶27–32, 37–39)."""
