"""Avro: parsing, printing and compatibility by the Avro 1.12 specification."""
