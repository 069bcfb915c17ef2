"""The Wirepact client SDK."""
