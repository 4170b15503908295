"""Everything around a server's handlers: one interceptor that stacks layers, one room per layer.

Order, outermost first: request id, trace, metrics, access log, what a service adds, admission, identity; then the limit
of time around the handler. What any of them raises is mapped to a status before the layers end.
"""
