"""The pure core: schemas, levels, rules and findings; no framework and no I/O."""
