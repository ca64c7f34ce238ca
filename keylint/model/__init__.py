"""The values that keylint passes from step to step; nothing here reads, prints or asks for the time."""
