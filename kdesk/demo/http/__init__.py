"""The HTTP API of a simulated cluster: discovery, lists, watches, logs."""
