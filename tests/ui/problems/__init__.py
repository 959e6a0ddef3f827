"""The list of problems, and its counts in the tree."""
