"""The API of our own: explained verdicts."""
