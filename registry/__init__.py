"""The Wirepact schema registry."""
