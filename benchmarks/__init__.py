"""Ours, a peer and the limit, measured alternately in one run; only ratios decide."""
