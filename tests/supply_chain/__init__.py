"""What the project is made of, and what is known about that."""
