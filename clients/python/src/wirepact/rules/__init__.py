"""Rules that come with schemas, and are executed by those who write and read."""
