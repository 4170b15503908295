"""The life of models: fetched, loaded, tried in the shadow, activated, rolled back."""
