"""The schema languages: each compiles a schema into functions over payloads."""
