"""One file per hazard of the network and of API servers: real sockets, a scripted server, the real engine."""
