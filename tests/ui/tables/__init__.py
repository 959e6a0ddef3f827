"""Tables and what is around them."""
