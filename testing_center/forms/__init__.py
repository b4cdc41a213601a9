"""Forms of the test day, one topic a module."""
