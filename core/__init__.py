"""What every room stands on: settings, clock, database, keys, trail, paper, language. It knows nothing of testing."""
