"""What a cluster serves, and calls about single objects."""
