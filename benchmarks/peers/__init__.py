"""What we are measured against: other implementations, and bare answers as limits."""
