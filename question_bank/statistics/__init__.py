"""Item and test statistics after a sitting, from points and chosen options alone: no name, no code, no key."""
