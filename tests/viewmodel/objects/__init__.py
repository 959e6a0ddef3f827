"""One object: its text, history and story."""
