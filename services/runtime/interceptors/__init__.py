"""Everything around a server's handlers: one interceptor that stacks layers, one room per layer.

Order, outermost first: request id, metrics, access log, error mapping, admission, identity, deadline.
"""
