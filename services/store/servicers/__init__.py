"""The gRPC methods: check the role, convert, call, convert back."""
