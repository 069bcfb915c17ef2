"""The HTTP rim: requests to use cases and back; no logic."""
