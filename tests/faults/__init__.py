"""Faults, and what must hold after each: a quick part with every run of the suite, all of it by `make faults`."""
