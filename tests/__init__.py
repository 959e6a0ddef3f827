"""Tests of kdesk. They drive the real code over loopback sockets and an offscreen display."""
