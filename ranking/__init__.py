"""Order, ties, tie-breaks, winner, reserve, 'not held', corrections for everybody, publication (¶27–32, 37–39)."""
