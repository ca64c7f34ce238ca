"""`keylint diff`: which keys can be asked for, asking for them, and what their live states say."""
