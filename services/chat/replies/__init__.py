"""The replies of this process: what is asked and told, and how a reply lives, is followed and ends."""
