"""The whole program as a person starts it: another process, driven by command names and signals."""
