"""Watching messages: `cursor` (pure) names a place in what happened, `hub` shares reads, `retention` forgets."""
