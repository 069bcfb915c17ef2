"""What tests of services that use the SDK need."""
