"""kdesk: a native desktop program for Kubernetes."""

__version__ = "0.1.0"
