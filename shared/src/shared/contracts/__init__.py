"""The facts services tell each other, each declared once; nothing here knows how they travel."""
