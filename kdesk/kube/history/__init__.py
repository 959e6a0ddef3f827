"""What objects looked like before: revisions in memory and on disk, and files of them."""
