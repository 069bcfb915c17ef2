"""Payloads through encode and decode, as producers and consumers take them."""
