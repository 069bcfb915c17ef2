"""A model of the registry, and the machine that holds the registry against it."""
