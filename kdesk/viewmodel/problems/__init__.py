"""Objects that need attention: the rules, the counts, the list."""
