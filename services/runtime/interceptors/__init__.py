"""Everything around a server's handlers: one interceptor that stacks layers, one room per layer.

Order, outermost first: request id, trace, metrics, access log, what a service adds, error mapping, admission, identity,
deadline.
"""
