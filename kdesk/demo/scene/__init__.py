"""What a simulated cluster begins with: believable namespaces, workloads and nodes."""
