"""What people do on the test day, one topic a module."""
