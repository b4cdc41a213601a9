"""Attacks: what somebody sends who is not the person that the page was made for, and that nothing comes of it."""
