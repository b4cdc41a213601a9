"""Pages of results: competitions, tie-breaks, publication, reserve, corrections."""
