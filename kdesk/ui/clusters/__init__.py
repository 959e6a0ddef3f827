"""The tree of clusters and how fresh they are, on the screen."""
