"""What a team has: its keys as a table, and what ends when. Nothing is judged here."""
