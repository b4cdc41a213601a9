"""What is done with the results of a competition: tie-breaks, decisions, acts of the authority."""
