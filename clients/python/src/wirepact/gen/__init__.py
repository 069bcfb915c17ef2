"""Code from schemas: `wirepact gen`."""
