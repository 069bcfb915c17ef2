"""JSON Schema: parsing, references and compatibility, drafts 4 to 2020-12."""
