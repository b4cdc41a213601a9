"""Papers of what the results decide: the ranking protocol of a competition, and the handing-over file (¶27, 29–32)."""
