"""Small real things that stand at ports in tests."""
