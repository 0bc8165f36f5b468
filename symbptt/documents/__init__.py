"""Documents and problem files, read into problems."""
