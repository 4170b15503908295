"""Gateway: HTTP, SSE, web page and command line over the gRPC services."""
