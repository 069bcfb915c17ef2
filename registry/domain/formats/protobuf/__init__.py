"""Protobuf: descriptors, their text, and what may change in them."""
