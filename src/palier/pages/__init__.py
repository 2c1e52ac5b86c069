"""What portal and desk share: layout, words and formats per language, the clock's drawing, errors that name a way out."""
