"""The API of the Confluent Schema Registry."""
