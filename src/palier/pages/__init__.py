"""What portal and desk share: layout, components, formatting, words per language."""
