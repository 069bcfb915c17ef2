"""What shows who somebody is: hashes of passwords, tokens of an identity provider."""
