"""When two values, functions or optimisers are the same: by content, and by what they compute."""
