"""What makes a test fail for what it did besides: log lines, leftovers, connections to the outside."""
