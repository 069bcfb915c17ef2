"""Contracts begun: from a name, a schema or samples, and the project around them."""
