"""What the gate knows of each schema language, imported when one of it is looked at."""
