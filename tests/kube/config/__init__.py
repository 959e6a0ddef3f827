"""Kubeconfigs."""
