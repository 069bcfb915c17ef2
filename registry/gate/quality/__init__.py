"""The rules about values that come with a contract: held to its schema, and tried."""
