"""Pages in groups of tabs: side by side, torn off into windows, dragged from one to another."""
