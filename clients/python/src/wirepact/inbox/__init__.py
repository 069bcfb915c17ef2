"""What has been handled already, kept so that it is not handled twice."""
