"""Other systems' messages as ours. Pure: what is not a message of a person to us maps to nothing."""
