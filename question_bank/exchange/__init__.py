"""Question bank files: each format reads bytes into item drafts and problems, and writes item drafts as bytes."""
