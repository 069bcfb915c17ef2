"""One module for each suite; its `rows` measures and returns the claims."""
