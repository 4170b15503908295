"""The services of Earshot: classifier, store and chat, and the runtime kit they share."""
