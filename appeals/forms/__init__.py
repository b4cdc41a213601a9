"""Forms of technical appeals."""
