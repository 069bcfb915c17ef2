"""Inputs made to hurt, shared by the tests of all layers."""
