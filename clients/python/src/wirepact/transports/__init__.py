"""Brokers behind one port; a module for each, imported only where it is used."""
