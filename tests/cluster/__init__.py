"""Tests against real control planes: etcd, kube-apiserver, controllers and kwok, as plain local processes."""
