"""protoc, within limits: a pool of processes for a server, in place for a command."""
