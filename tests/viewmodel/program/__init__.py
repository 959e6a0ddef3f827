"""What is remembered, and the palette."""
