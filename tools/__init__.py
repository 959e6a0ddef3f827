"""Set-up, checks and packaging. Only the standard library is imported, so that a bare Python can run it."""
