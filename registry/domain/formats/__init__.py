"""The schema languages; siblings that never import each other."""
