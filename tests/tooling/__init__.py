"""The set-up and the checks themselves: each of them can fail."""
