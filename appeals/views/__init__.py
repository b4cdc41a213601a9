"""Pages of technical appeals: the candidate, the desk, the commission, the hearing."""
