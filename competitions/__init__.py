"""The vacancy, the competition for it and the people who take part."""
