"""The law as data: one frozen value for each version of the regulation."""
