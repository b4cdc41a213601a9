"""What staff fill in about the bank and about tests."""
