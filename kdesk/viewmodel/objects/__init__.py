"""One object: its documents and their text."""
