"""The rules of the test day, one topic a module."""
