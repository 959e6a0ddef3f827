"""What is different between two states of an object, in words, by whom, and without Secret values."""
