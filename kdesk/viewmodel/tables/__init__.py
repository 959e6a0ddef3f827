"""A table as somebody uses it: its clusters, columns, what is copied, exported and done to rows."""
