"""What was said in a session: its turns, the store's archive of them, and what is remembered."""
