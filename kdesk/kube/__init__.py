"""The Kubernetes core: threads, sockets and stores. It imports no Qt and runs with no Qt installed."""
