"""What every process needs: server, channel, interceptors, errors, auth, settings, logs, metrics, labels."""
