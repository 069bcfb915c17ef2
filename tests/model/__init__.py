"""A registry in memory, and the real one held against it."""
