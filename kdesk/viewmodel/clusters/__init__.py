"""The clusters of the window: the tree, how fresh they are, their namespaces."""
