"""Kubeconfigs as kubectl reads them: files, entries, merging, and the connection that comes out."""
