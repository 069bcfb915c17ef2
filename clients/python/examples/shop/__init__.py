"""A shop of three services that know each other by their events alone."""
