"""What people do with the bank, one topic a module."""
