"""The versioned system prompts, one Markdown file each."""
