"""What happens in a simulated cluster: small controllers, a kubelet, and a driver of load."""
