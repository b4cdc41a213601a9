"""The demonstration: a bank, centres, competitions and people that are nobody. Everything goes through the services."""
