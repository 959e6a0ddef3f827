"""What the commands do, a file for each part of the window."""
