"""Use cases by verb: plain functions that are handed their ports."""
