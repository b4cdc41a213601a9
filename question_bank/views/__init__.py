"""Pages of the bank and of test design."""
