"""Acts of the archive: legal holds, acts of destruction, what destroying means row by row."""
