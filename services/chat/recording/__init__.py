"""The flight recorder: what a reply was made of, as a file that gives the same tokens and numbers again (B16)."""
