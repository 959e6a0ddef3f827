"""Objects as rows: what is kept of them, and how it is decoded or extracted."""
