"""Kinds of questions, one module each: what a kind checks, how a response is read, and how it is scored exactly."""
