"""What measures keylint."""
