"""When two values, functions or optimisers are equal: by content, and by what they compute."""
