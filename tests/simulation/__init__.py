"""A deterministic simulation of brokers, databases, clocks and crashes."""
