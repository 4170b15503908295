"""The JSON shapes others rely on, and their way to and from the betterproto2 messages."""
