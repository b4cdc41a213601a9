"""What every room stands on and none of them is about: settings, clock, database, keys, trail, paper, language. It knows nothing of testing."""
