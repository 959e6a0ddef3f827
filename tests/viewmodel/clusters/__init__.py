"""Open clusters, and the tree of them."""
