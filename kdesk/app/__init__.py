"""The composition root: arguments, wiring, the loop, the end. Objects are made here, once, and passed on."""
