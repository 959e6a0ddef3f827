"""Connections that can be woken from anything they are blocked in, requests over them, streams of lines."""
