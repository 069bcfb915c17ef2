"""The file with the input of the moment: its length, then its bytes."""

LENGTH_BYTES = 4
