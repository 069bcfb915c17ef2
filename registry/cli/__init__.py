"""The registry's commands. Importing this package imports none of them."""
